import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.jsonpath import Cost, compile_path
from tests.unit.graph.test_jsonpath import exhausted, found, refusal


@pytest.mark.parametrize(
    ("path", "column", "reason"),
    [
        ("", 1, "expected '$', found ''"),
        ("store", 1, "expected '$', found 's'"),
        ("$.store.", 9, "unexpected end of expression"),
        ("$.a[1", 6, "unbalanced brackets"),
        ("$.a b", 5, "expected '.', '..' or a bracketed selection, found 'b'"),
        ("$[01]", 3, "leading zero in index selector"),
        ("$[99999999999999999999]", 3, "index out of range"),
        ("$[?@.a = 1]", 8, "unexpected filter selector token '='"),
        ("$[?@.* == 1]", 8, "non-singular query is not comparable"),
        ("$[?length(@)]", 3, "result of length() must be compared"),
        ("$[?upper(@) == 'A']", 4, "function 'upper' is not defined"),
        ("$[?match(@)]", 4, "'match'() requires 2 arguments"),
        ("$[?match(@, '(')]", 14, 'The pattern "(" is not a valid regular expression: missing ) at position 1'),
        ("$[?search(@, '(?R)')]", 15, 'The pattern "(?R)" uses recursion or the flag x; neither is available here'),
    ],
)
def test_what_is_wrong_with_a_path_is_said_with_its_place(path: str, column: int, reason: str) -> None:
    fault = refusal(path)

    assert fault.message == f'The path "{path}" is not valid JSONPath: {reason}.'
    assert (fault.line, fault.column) == (1, column)


def test_the_line_of_a_fault_is_counted() -> None:
    fault = refusal("$[?@.a\n&& @.b = 1]")

    assert (fault.line, fault.column) == (2, 8)


@pytest.mark.parametrize("path", ["$[?@ == 1e999]", "$[?'a" + "\\" + "']"])
def test_what_the_library_stumbles_over_is_refused_as_well(path: str) -> None:
    assert "is not valid JSONPath" in refusal(path).message


def test_a_long_path_is_shown_cut() -> None:
    assert refusal("x" * 100).message.startswith(f'The path "{"x" * 60}…" is not valid JSONPath')


def test_a_path_has_at_most_1000_characters() -> None:
    compile_path("$" + ".a" * 499 + "b")

    assert refusal("$" + ".a" * 500).message == "A path has at most 1000 characters; this one has 1001."


@pytest.mark.parametrize("path", ["$[?{}@{}]", "$[?{}@]"])
def test_a_path_nests_within_bounds(path: str) -> None:
    sign, end = ("(", ")") if path.count("{}") == 2 else ("!", "")
    compile_path(path.format(sign * 49, end * 49))

    assert refusal(path.format(sign * 50, end * 50)).message == (
        "A path has at most 50 filters, functions, parentheses, and signs such as && together."
    )


@pytest.mark.parametrize(
    "path",
    [
        "$" + ".a" * 490,
        "$" + "[?@" * 49 + "]" * 49,
        "$[?" + " || ".join(["@.b"] * 49) + "]",
        "$[?" + "!" * 49 + "@]",
    ],
)
def test_a_path_within_bounds_is_evaluated_whatever_its_shape(path: str) -> None:
    document: JsonValue = []
    for _ in range(100):
        document = [document]

    compile_path(path).found(document, Cost())


WIDE: JsonValue = [{"a": [number]} for number in range(200)]
DEEP: JsonValue = [[[[[[[[[[[[[[]]]]]]]]]]]]]]
MOST = 10_000
TOO_MUCH = "The paths of this step look at more than 10,000 values; make them simpler."


def bounded() -> Cost:
    return Cost(lambda: 0.0, MOST)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("$..[?@..[?$..a]]", WIDE),
        ("$[?count($..*) > 1]", WIDE),
        ("$[?$ == $]", WIDE),
        ("$[?@.a[?$[0] == $[0]] && $ == $]", WIDE),
        ("$[*,*]" + "[*,*]" * 12, DEEP),
        ("$" + "[0,0,0]" * 12, DEEP),
        ("$..*..*..*..*..*..*", DEEP),
        ("$[" + ",".join(["::"] * 60) + "]", WIDE),
        ("$[" + ",".join(["?@.a"] * 20) + "]", WIDE),
        ("$[" + ",".join(["'a'"] * 200) + "]..*", {"a": WIDE}),
    ],
)
def test_a_path_that_looks_at_too_much_is_stopped(path: str, document: JsonValue) -> None:
    assert exhausted(path, document, bounded()) == TOO_MUCH


def test_a_path_may_look_at_all_of_a_document_a_few_times() -> None:
    assert compile_path("$..[?@.a[0] == 7].a[0]").found(WIDE, bounded()) == [7]


def test_paths_of_one_step_share_what_they_may_look_at() -> None:
    cost, document = bounded(), [0] * 3_000
    compile_path("$.*").found(document, cost)
    compile_path("$.*").found(document, cost)

    assert exhausted("$[*, *]", document, cost) == TOO_MUCH


class Clock:
    """A clock that goes on by a tenth of a second whenever it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 0.1
        return self.seconds


@pytest.mark.parametrize("path", ["$..*", "$[?match(@, 'a')]"])
def test_a_path_that_takes_too_long_is_stopped(path: str) -> None:
    assert exhausted(path, [["a"] * 100] * 100 + ["a"] * 12, Cost(Clock())) == (
        "The paths of this step take longer than 1 s; make them simpler."
    )


def test_a_hostile_pattern_is_stopped() -> None:
    hostile = r"(?:\\w+\\s?)+(?:\\w+\\s?)+(?:\\w+\\s?)+$"

    assert exhausted(f"$[?search(@, '{hostile}')]", ["a" * 5000 + "!"]).endswith(
        "took longer than 100 ms; make it simpler."
    )


def test_a_pattern_from_the_document_that_cannot_be_used_is_said_to_be_so() -> None:
    assert exhausted("$[?match('a', @)]", ["a", "("]).startswith('The pattern "(" is not a valid regular expression')


def test_a_document_may_bring_any_number_of_patterns() -> None:
    patterns: JsonValue = [f"a|{number}" for number in range(250)]

    assert found("$[?match('a', @)]", patterns) == patterns


PIECES = st.sampled_from(
    [
        *("$", ".", "..", "*", "[", "]", "[?", "(", ")", "@", ",", ":", "'a'", '"', "'", "\\", "\\u00", "a", "0", "-1"),
        *("==", "<=", "!", "&&", "||", "=", " ", "\n", "1e9", "1e999", "true", "null", "length(", "match(", "count("),
        *("@.a", "$[0]", "'(a+'", "é", "\x00", "value(@)", "$.a[0]", "..[?@", "::"),
    ]
)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=10).map(lambda parts: "$" + "".join(parts))
)
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = compile_path(text)
    except TemplateError:
        return
    path.found([{"a": [0, {"a": "a"}]}, "a", None], Cost())
