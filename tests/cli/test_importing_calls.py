"""Importing workflows that call each other: in any order, as a whole, and also under new ids."""

import itertools
import json

import pytest

from tests.cli.repository import Repository
from tests.factories.workflows import Json, edge, node, workflow


def caller(workflow_id: str, *callees: str, **fields: object) -> Json:
    calls = [node(f"c{n}", "trigger_workflow", workflow_id=callee) for n, callee in enumerate(callees)]
    nodes = [node("t", "manual_trigger"), *calls]
    edges = [edge(first["id"], second["id"]) for first, second in itertools.pairwise(nodes)]
    return workflow(*nodes, edges=edges, id=workflow_id, **fields)


@pytest.fixture
def ids(own_id: str) -> list[str]:
    """Return three ids that nobody else has."""
    return [own_id[:10] + letter + own_id[11:] for letter in "abc"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_callers_may_stand_before_whom_they_call(
    repository: Repository, ids: list[str], order: tuple[int, ...]
) -> None:
    a, b, c = ids
    bodies = [caller(a), caller(b, a), caller(c, b, a)]
    assert repository.load(*(repository.file(bodies[n], f"{n}.json") for n in order)) == 0
    assert len(repository.saved()) == 3
    kept = repository.rows("SELECT caller_id, callee_id FROM workflow_calls WHERE org_id = :org")
    assert {(row.caller_id, row.callee_id) for row in kept} == {(b, a), (c, b), (c, a)}


def test_what_was_imported_once_can_be_imported_turned_round(repository: Repository, ids: list[str]) -> None:
    a, b, _ = ids
    assert repository.load(repository.file([caller(a), caller(b, a)])) == 0
    assert repository.load(repository.file([caller(a, b), caller(b)])) == 0
    kept = repository.rows("SELECT caller_id, callee_id FROM workflow_calls WHERE org_id = :org")
    assert [(row.caller_id, row.callee_id) for row in kept] == [(a, b)]


def test_files_that_call_each_other_in_a_circle_are_refused(
    repository: Repository, ids: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    a, b, c = ids
    assert repository.load(repository.file([caller(a, b), caller(b, c), caller(c, a)])) == 1
    said = capsys.readouterr().err
    assert "these workflows call each other in a circle: " in said
    chain = said.split("circle: ")[1].splitlines()[0].split(" → ")
    assert {a: b, b: c, c: a} == dict(itertools.pairwise(chain))
    assert repository.saved() == []


def test_a_call_of_what_is_nowhere_is_a_fault(
    repository: Repository, ids: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.load(repository.file(caller(ids[0], ids[1]))) == 1
    assert f'nodes[1].data.workflow_id: There is no workflow "{ids[1]}"' in capsys.readouterr().err


def test_under_new_ids_the_copies_call_each_other(repository: Repository, ids: list[str]) -> None:
    a, b, _ = ids
    file = repository.file([caller(b, a, name="B"), caller(a, name="A")])
    assert repository.load(file, ids="new") == 0
    saved = {one["name"]: one for one in repository.saved()}
    assert saved["B"]["nodes"][1]["data"] == {"componentId": "trigger_workflow", "workflow_id": saved["A"]["id"]}
    assert saved["A"]["id"] != a
    assert json.loads(file.read_text())[0]["nodes"][1]["data"]["workflow_id"] == a


def test_under_new_ids_calls_of_others_stay_as_they_are(repository: Repository, ids: list[str]) -> None:
    a, b, _ = ids
    assert repository.load(repository.file(caller(a, name="A"))) == 0
    assert repository.load(repository.file(caller(b, a, name="B")), ids="new") == 0
    saved = {one["name"]: one for one in repository.saved()}
    assert saved["B"]["nodes"][1]["data"]["workflow_id"] == a
