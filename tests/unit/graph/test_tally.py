"""What is dear to read is bounded for a whole workflow, however it is spread over nodes; once it is saved it runs."""

import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue, Severity
from app.graph.graph import build
from app.graph.jsonpath import compile_path
from app.graph.limits import GraphLimits
from app.graph.patterns import compile_pattern
from app.graph.tally import MAX_PATH_CHARACTERS, MAX_PATTERNS, TooMuchError, count_patterns, counting
from app.graph.validation import validate, validate_node
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.factories.graphs import node

PATTERNS = (
    "A workflow has at most 500 regular expressions, those of rules, JSON Schemas and JSONPaths included, and of those"
    " with large numbers in braces fewer; this one has more."
)
PATHS = "The JSONPaths of a workflow have at most 200,000 characters together; those of this one have more."

EXTRACT: JsonObject = {"operation": "regex_extract", "pattern": "a"}


def judged(*nodes: JsonValue) -> list[Issue]:
    definition, _ = read([node("t", "manual_trigger"), *nodes], [])
    return validate(definition, CATALOGUE, GraphLimits())


def matching(node_id: str, *patterns: str) -> JsonValue:
    cases = [{"id": f"c{place}", "operator": "regex", "value": one} for place, one in enumerate(patterns)]
    return node(node_id, "switch_condition", input="x", cases=cases)


def checking(node_id: str, schema: JsonValue) -> JsonValue:
    return node(node_id, "validate", input="x", schema=schema)


def errors(issues: list[Issue]) -> list[str]:
    return [issue.message for issue in issues if issue.severity is Severity.ERROR]


def test_as_many_patterns_as_the_limit_are_accepted() -> None:
    assert errors(judged(*(matching(f"n{place}", *["a"] * 100) for place in range(MAX_PATTERNS // 100)))) == []


@pytest.mark.parametrize(
    "nodes",
    [
        [matching(f"n{place}", *["a"] * 84) for place in range(6)],
        [matching("n", *[f"(?:(?:[ab]{{60}}){{50}}){place}" for place in range(80)])],
        [node(f"n{place}", "validate", input="x", rules={"f": ["regex:/a/"] * 50}) for place in range(11)],
        [checking("n", {"allOf": [{"pattern": "a"}] * 501})],
        [checking("n", {"patternProperties": {f"a{place}": {} for place in range(501)}})],
        [checking(f"n{place}", {"allOf": [{"pattern": "a"}] * 101}) for place in range(5)],
        [node("n", "json_parser", input="1", paths={f"p{at}": "$" + "[?search(@, 'a')]" * 6 for at in range(100)})],
        [node(f"n{place}", "string_transform", input="x", operations=[EXTRACT] * 50) for place in range(11)],
    ],
    ids=["cases", "repeats", "field rules", "schema", "names in a schema", "schemas", "paths", "operations"],
)
def test_more_patterns_are_refused_wherever_they_stand(nodes: list[JsonValue]) -> None:
    assert judged(*nodes) == [Issue("nodes", PATTERNS)]


def test_paths_are_bounded_together() -> None:
    path = "$" + ".a" * 499
    many = [
        node(f"n{place}", "json_parser", input="1", paths={f"p{at}": path for at in range(100)}) for place in range(3)
    ]
    assert errors(judged(*many[: MAX_PATH_CHARACTERS // 100_000])) == []
    assert judged(*many) == [Issue("nodes", PATHS)]


def test_a_node_that_is_tried_out_is_bounded_too() -> None:
    definition, _ = read([checking("n", {"allOf": [{"pattern": "a"}] * 501})], [])
    assert validate_node(definition, CATALOGUE) == [Issue("nodes", PATTERNS)]


def test_what_was_saved_before_is_bound_whatever_it_has() -> None:
    definition, _ = read([node("t", "manual_trigger"), *(matching(f"n{at}", *["a"] * 84) for at in range(6))], [])
    assert len(build(definition, CATALOGUE).nodes) == 7


def test_nothing_is_counted_outside() -> None:
    for _ in range(MAX_PATTERNS + 1):
        compile_pattern("a")
    for _ in range(MAX_PATH_CHARACTERS // 1000 + 1):
        compile_path("$" + ".a" * 499)


def test_each_count_begins_anew() -> None:
    for _ in range(2):
        with counting():
            count_patterns(MAX_PATTERNS)
            with pytest.raises(TooMuchError):
                count_patterns()


def test_more_edges_than_the_limit_are_not_looked_at() -> None:
    nodes = [node("t", "manual_trigger"), node("a", "text_transform", template="{{ vault.x }}")]
    drawn: list[JsonValue] = [{"id": str(at), "source": "t", "target": "a"} for at in range(5001)]
    definition, _ = read(nodes, drawn)
    assert validate(definition, CATALOGUE, GraphLimits()) == [
        Issue("edges", "A workflow has at most 5,000 edges; this one has 5,001.")
    ]


def test_of_very_many_faults_the_first_are_told() -> None:
    wrong = [node(f"n{place}", "data_mapper", mappings=[{}] * 400) for place in range(3)]
    found = judged(*wrong)
    assert sum(issue.path.startswith("nodes[1]") for issue in found) > 800
    assert found[1000].message == "There are more of these errors than the 1,000 that are named."
    assert {issue.severity for issue in found[:1001]} == {Severity.ERROR}


def test_very_many_warnings_do_not_hide_an_error() -> None:
    noisy = node("n", "data_mapper", mappings=[{"key": "k", "value": f"{{{{ q{at} }}}}"} for at in range(500)])
    more = node("m", "data_mapper", mappings=[{"key": "k", "value": f"{{{{ r{at} }}}}"} for at in range(500)])
    found = judged(noisy, more, node("w", "text_transform", template="{{ vault.x }}"))
    assert len(errors(found)) == 1
    assert found[-1] == Issue(
        "nodes", "There are more of these warnings than the 1,000 that are named.", severity=Severity.WARNING
    )


def test_a_wrong_handle_is_told_with_the_first_of_very_many() -> None:
    nodes = [node("t", "manual_trigger"), matching("s", *["a"] * 100), node("e", "terminate", status="completed")]
    drawn: list[JsonValue] = [
        {"id": "1", "source": "t", "target": "s"},
        {"id": "2", "source": "s", "target": "e", "sourceHandle": "q"},
    ]
    definition, _ = read(nodes, drawn)
    [message] = errors(validate(definition, CATALOGUE, GraphLimits()))
    assert message.endswith('"c18", "c19" and 82 more.')
