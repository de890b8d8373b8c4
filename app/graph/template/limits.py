"""What a template may cost, each number with its unit and its reason."""

RENDER_SECONDS = 0.25  # all templates of a step together: a slot of the worker is not for computing
LOOP_TURNS = 10_000  # all loops of a step together, nested ones included
OUTPUT_BYTES = 1_048_576  # all templates of a step together: what a step may put out
MADE_BYTES = 16 * 1_048_576  # text and lists that filters make on the way: bounds the memory of one step

SOURCE_BYTES = 65_536  # of one setting
NESTING = 20  # blocks within blocks, each some frames of the interpreter's stack
DEPTH = 100  # objects and lists within each other, in a setting that is rendered leaf by leaf
FILTERS = 500  # in one template
BRACKETS = 50  # `(` and `[` in one expression: the expression reader looks ahead at each of them
OPERATORS = 100  # `and`, `or` and comparisons in one expression: they nest to the right

TEXT_LENGTH = 1_048_576  # characters of any text within a template
SEQUENCE_LENGTH = 10_000  # elements of a range, and of a list that a filter takes or makes
COMPARED_LENGTH = 2_000  # elements where a filter compares them with each other or with a value
INTEGER_BITS = 256  # larger ones only serve to burn time
FORMAT_LENGTH = 256  # characters of a date format
DATE_LENGTH = 64  # characters of a text that is to be a date
NUMBER_LENGTH = 100  # characters of a text that is to be a number

CACHE_BYTES = 16 * 1_048_576  # of compiled templates in one process
