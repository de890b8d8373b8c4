"""Templates written to burn time or memory while they render. Each is refused with a sentence.

The clock of the budget stands still, so that only bounds in numbers and sizes can refuse; what would take minutes
without them is caught by the timeout.
"""

import pytest

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import BodyTemplate, StepBudget
from tests.unit.template.hostility import refusal, still

pytestmark = pytest.mark.timeout(20)

MEGABYTE = "x" * 1_000_000
BIG_OBJECT: JsonValue = {"text": "y" * 500_000}
DOUBLE = "{% assign l = l | concat: l %}"

RANGE = "A range has at most 10000 numbers."
TURNS = "The loops of this step's templates make more than 10000 turns."
OUTPUT = "The templates of this step render to more than 1048576 bytes together."
MADE = "The filters of this step's templates make more than 16777216 bytes together."

RENDERING: dict[str, tuple[str, str]] = {
    "a range looped over": ("{% for i in (1..10001) %}{% endfor %}", RANGE),
    "a range turned round": ("{% for i in (1..1000000000) reversed %}{% endfor %}", RANGE),
    "a range entered at its end": ("{% for i in (1..1000000000) offset: 999999999 %}{% endfor %}", RANGE),
    "a range joined": ("{{ (1..1000000000) | join }}", RANGE),
    "a range reversed": ("{{ (1..n) | reverse }}", RANGE),
    "a range searched": ("{% if (1..1000000000) contains 'a' %}{% endif %}", RANGE),
    "a range kept and searched": ("{% assign r = (1..n) %}{% if r contains 'a' %}{% endif %}", RANGE),
    "a range measured": ("{{ (1..99999999999999999999999) | size }}", RANGE),
    "a range given to a filter": ("{{ l | concat: (1..n) }}", RANGE),
    "a range in a table": ("{% tablerow i in (1..n) %}{% endtablerow %}", RANGE),
    "a range from far below": ("{{ (-1000000000..1) }}", RANGE),
    "loops within loops": ("{% for a in (1..100) %}" * 4 + "{% endfor %}" * 4, TURNS),
    "loops side by side": ("{% for a in (1..1000) %}{% endfor %}" * 11, TURNS),
    "tables side by side": ("{% tablerow a in (1..1000) %}{% endtablerow %}" * 11, TURNS),
    "cases that match often": (
        ("{% case 1 %}{% when " + ",".join("1" * 100) + " %}") * 19 + "{% assign a = 1 %}" + "{% endcase %}" * 19,
        TURNS,
    ),
    "replacements that multiply": (
        "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 20 + " }}",
        "`replace` would make",
    ),
    "replacements of nothing": ("{{ m | replace: '', m }}", "`replace` would make"),
    "a first replacement that grows": (
        "{{ 'x'" + " | replace_first: 'x', m" * 3 + " }}",
        "`replace_first` takes and makes",
    ),
    "a text that doubles": (
        "{% assign s = 'ab' %}{% for i in (1..100) %}{% assign s = s | append: s %}{% endfor %}",
        "`append` takes and makes at most 1048576 characters.",
    ),
    "numbers that square": (
        "{{ 9999999999" + " | times: 9999999999" * 20 + " }}",
        "`times` takes and makes numbers of 256 bits",
    ),
    "decimals that overflow": (
        "{{ 1" + "0" * 60 + ".0 | times: 1" + "0" * 300 + ".0 }}",
        "`times` takes and makes finite numbers",
    ),
    "a list that doubles": (DOUBLE * 13 + "{{ l }}", "`concat` makes lists of at most 10000 elements."),
    "a text cut into characters": ("{{ m | split: '' }}", "`split` makes at most 10000 parts."),
    "a text cut at each word": ("{{ w | split: ' ' }}", "`split` makes at most 10000 parts."),
    "a long list made unique": ("{{ (1..2001) | uniq }}", "`uniq` takes a list of at most 2000 elements."),
    "a long list sorted": ("{{ (1..2001) | sort }}", "`sort` takes a list of at most 2000 elements."),
    "a long list sorted naturally": ("{{ (1..2001) | sort_natural }}", "`sort_natural` takes a list of at most 2000"),
    "a long list selected from": ("{{ (1..2001) | where: 'a' }}", "`where` takes a list of at most 2000 elements."),
    "a long list rejected from": ("{{ (1..2001) | reject: 'a' }}", "`reject` takes a list of at most 2000 elements."),
    "a long list searched": ("{{ (1..2001) | find: 'a' }}", "`find` takes a list of at most 2000 elements."),
    "a long list looked through": ("{{ (1..2001) | find_index: 'a' }}", "`find_index` takes a list of at most 2000"),
    "a long list asked": ("{{ (1..2001) | has: 'a' }}", "`has` takes a list of at most 2000 elements."),
    "a longer list added to": ("{{ long | concat: l }}", "`concat` takes a list of at most 10000 elements."),
    "a longer list joined": ("{{ long | join }}", "`join` takes a list of at most 10000 elements."),
    "a longer list mapped": ("{{ long | map: 'a' }}", "`map` takes a list of at most 10000 elements."),
    "a longer list compacted": ("{{ long | compact }}", "`compact` takes a list of at most 10000 elements."),
    "a longer list added up": ("{{ long | sum }}", "`sum` takes a list of at most 10000 elements."),
    "lists in a list, laid open": ("{{ wide | reverse }}", "`reverse` takes a list of at most 10000 elements."),
    "objects compared": ("{{ l | where: 'a', o }}", "`where` works here with text, numbers, true and false"),
    "objects sorted": ("{{ l | sort }}", "`sort` works here with text, numbers, true and false"),
    "an object as a property's name": ("{{ l | map: o }}", "`map` works here with text, numbers, true and false"),
    "the same object thousands of times, as text": (
        DOUBLE * 12 + "{{ l }}",
        "A value in this template is longer than",
    ),
    "the same object thousands of times, as JSON": (
        DOUBLE * 12 + "{{ l | json }}",
        "A value in this template is longer",
    ),
    "the same object thousands of times, joined": (
        DOUBLE * 12 + "{{ l | join }}",
        "`join` makes at most 1048576 characters.",
    ),
    "the same object thousands of times, in a text": (
        DOUBLE * 12 + "{{ 'a' | append: l }}",
        "A value in this template is longer",
    ),
    "the same object often, compared": (
        DOUBLE * 9 + "{{ l | uniq }}",
        "`uniq` compares at most",
    ),
    "the same text often, sorted": ("{% assign t = t | concat: t %}" * 9 + "{{ t | sort }}", "`sort` compares at most"),
    "the same property often, sorted": (
        DOUBLE * 9 + "{{ l | sort: 'text' }}",
        "`sort` compares at most",
    ),
    "much output": ("{{ m }}{{ m }}", OUTPUT),
    "much output in a loop": ("{% for i in (1..2000) %}" + "x" * 600 + "{% endfor %}", OUTPUT),
    "much text kept": ("{% capture a %}{{ m }}{% endcapture %}{% capture a %}{{ m }}{% endcapture %}", OUTPUT),
    "much text compared": ("{% ifchanged %}{{ m }}{% endifchanged %}", OUTPUT),
    "much text in a table": ("{% tablerow i in (1..3000) %}{{ g }}{% endtablerow %}", OUTPUT),
    "much text kept by filters": ("".join(f"{{% assign a{i} = m | append: 'x' %}}" for i in range(17)), MADE),
    "long lists kept by filters": ("".join(f"{{% assign a{i} = r | reverse %}}" for i in range(210)), MADE),
    "much of two bytes": ("{{ u }}{{ u }}", OUTPUT),
    "a list longer by one character": (
        "{{ longer | append: '' }}",
        "A value in this template is longer than 1048576 characters",
    ),
    "a text made unique, too long by one": ("{{ quoted | uniq }}", "`uniq` compares at most 1048576 bytes."),
    "texts sorted, too long by one": ("{{ halves | sort }}", "`sort` compares at most 1048576 characters."),
    "JSON too long by one": ("{{ quoted[0] | json }}", "A value in this template is longer than 1048576 characters"),
    "a text that grows as JSON": (
        "{{ quotes | json }}",
        "A value in this template is longer than 1048576 characters as JSON.",
    ),
    "a format without end": ("{{ 'now' | date: m }}", "A format for `date` has at most 256 characters."),
    "a length past all bounds": ("{{ d | json }}", "This value cannot be written as JSON"),
}

ROOTS: dict[str, JsonValue] = {
    "n": 10**9,
    "m": MEGABYTE,
    "u": "ü" * 500_000,
    "g": "z" * 1_000,
    "quotes": '"' * 600_000,
    "quoted": ["q" * (1_048_576 - 1)],
    "halves": ["h" * 524_288, "h" * 524_289],
    "longer": ["y" * (1_048_576 - 7), 0, 1],
    "w": "a " * 500_000,
    "l": [BIG_OBJECT, BIG_OBJECT],
    "t": ["s" * 100_000, "r" * 100_000],
    "o": {"text": "y" * 500_000},
    "long": [1] * 10_001,
    "wide": [[1] * 5_000, [[2] * 5_001]],
    "r": [1] * 10_000,
}
DEEP: JsonValue = []
for _ in range(900):
    DEEP = [DEEP]
ROOTS["d"] = DEEP


@pytest.mark.parametrize("name", RENDERING)
def test_hostile_template_is_refused_while_it_renders(name: str) -> None:
    source, sentence = RENDERING[name]
    assert sentence in refusal(source, ROOTS)


def test_a_text_that_grows_within_json_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        BodyTemplate('{"a": "{{ quotes }}"}').render(ROOTS, StepBudget(still))
    assert caught.value.message == "A value in this template is longer than 1048576 characters as JSON."
