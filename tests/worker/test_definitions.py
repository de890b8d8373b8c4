"""The cache of graphs: bounded in bytes, and what was used last stays."""

import pytest

from worker.execution.definitions import Definitions, Versioned, compile_version

SIZE = Versioned("x", 1, "", None).size_bytes


def version(number: int) -> Versioned:
    return Versioned("fl_x", number, "Test", None, "unreadable")


def held(definitions: Definitions, numbers: range) -> list[int]:
    return [number for number in numbers if definitions.get("fl_x", number)]


def test_what_fits_is_held() -> None:
    definitions = Definitions(capacity_bytes=3 * SIZE)
    for number in range(3):
        definitions.put(version(number))
    assert held(definitions, range(3)) == [0, 1, 2]


def test_what_was_not_used_for_longest_goes_first() -> None:
    definitions = Definitions(capacity_bytes=3 * SIZE)
    for number in range(3):
        definitions.put(version(number))
    definitions.get("fl_x", 0)
    definitions.put(version(3))
    assert held(definitions, range(4)) == [0, 2, 3]


def test_one_that_is_larger_than_the_cache_is_held_alone() -> None:
    definitions = Definitions(capacity_bytes=1)
    for number in range(2):
        definitions.put(version(number))
    assert held(definitions, range(2)) == [1]


def test_putting_the_same_again_takes_no_more_room() -> None:
    definitions = Definitions(capacity_bytes=2 * SIZE)
    for number in (0, 1, 1, 1):
        definitions.put(version(number))
    assert held(definitions, range(2)) == [0, 1]


@pytest.mark.parametrize(
    ("nodes", "edges", "problem"),
    [
        ("[]", "[]", "This version cannot be executed: "),
        ("{}", "[]", "This version cannot be executed: it cannot be read (ValueError)."),
        ("[1, 2", "[]", "This version cannot be executed: it cannot be read (JSONDecodeError)."),
    ],
    ids=["no trigger", "no list", "no JSON"],
)
def test_a_version_that_cannot_be_walked_says_so(nodes: str, edges: str, problem: str) -> None:
    versioned = compile_version(workflow_id="fl_x", version=1, name="Test", nodes=nodes, edges=edges)
    assert versioned.graph is None
    assert versioned.problem is not None
    assert versioned.problem.startswith(problem)
