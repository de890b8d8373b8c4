"""`virga export` and `virga import` against a real database: what comes out, what goes in, and what is refused."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli.definitions.texts import Format
from tests.cli.repository import OTHER_ID, Repository
from tests.factories.workflows import Json, edge, node, webhook_workflow, workflow


def test_what_is_imported_is_exported_again(repository: Repository, own_id: str) -> None:
    posted = workflow(id=own_id, description="d", timezone="Asia/Tokyo", is_active=False)
    assert repository.load(repository.file(posted)) == 0
    (saved,) = repository.saved()
    defaults = {"authorization_id": None, "schedule_type": "manual", "schedule_value": None}
    assert saved == {**defaults, "schedule_overlap": "allow", **posted}
    assert list(saved)[:3] == ["id", "name", "description"]


def test_nothing_that_the_server_makes_is_exported(repository: Repository, own_id: str) -> None:
    repository.load(repository.file(webhook_workflow(id=own_id)))
    (saved,) = repository.saved()
    text = json.dumps(saved)
    assert not [word for word in ("whsec_", "webhook_url", "next_run_at", "created_at", "version") if word in text]


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_exporting_again_gives_the_same_bytes(repository: Repository, own_id: str, kind: Format) -> None:
    repository.load(repository.file(workflow(id=own_id)))
    first, second = (repository.folder / f"{name}.{kind}" for name in ("a", "b"))
    repository.dump(output=first)
    repository.dump(output=second)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_importing_what_was_exported_changes_nothing(
    repository: Repository, own_id: str, kind: Format, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.load(
        repository.file(workflow(node("t", "manual_trigger", odd=[1.0, 1, "1e3", {"b": 1, "a": 2}]), id=own_id))
    )
    file = repository.folder / f"all.{kind}"
    repository.dump(output=file)
    capsys.readouterr()
    assert repository.load(file) == 0
    assert capsys.readouterr().out.splitlines() == [f"unchanged  {own_id}  Test", "0 created, 0 updated, 1 unchanged."]
    assert [row.version for row in repository.rows("SELECT version FROM workflows WHERE org_id = :org")] == [1]


def test_an_import_says_what_it_changed(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [
        node("t", "manual_trigger"),
        node("a", "text_transform", template="x"),
        node("b", "text_transform", template="y"),
    ]
    repository.load(repository.file(workflow(*nodes, edges=[edge("t", "a"), edge("a", "b")], id=own_id)))
    changed = [nodes[0], node("a", "text_transform", template="z"), node("c", "text_transform", template="y")]
    capsys.readouterr()
    repository.load(repository.file(workflow(*changed, edges=[edge("t", "a"), edge("a", "c")], id=own_id, name="New")))
    assert capsys.readouterr().out.splitlines() == [
        f"updated    {own_id}  New: name, nodes (+c, -b, ~a), edges (+a--c, -a--b)",
        "0 created, 1 updated, 0 unchanged.",
    ]


def test_nodes_in_another_order_are_a_change_too(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [node("t", "manual_trigger"), node("a", "text_transform", template="x")]
    repository.load(repository.file(workflow(*nodes, edges=[edge("t", "a")], id=own_id)))
    repository.load(repository.file(workflow(*nodes[::-1], edges=[edge("t", "a")], id=own_id)))
    assert "Test: nodes (order)" in capsys.readouterr().out


def test_only_what_differs_makes_a_version(repository: Repository, own_id: str) -> None:
    other = workflow(name="other", id=f"{own_id[:-1]}{'x' if own_id[-1] != 'x' else 'y'}")
    repository.load(repository.file([workflow(id=own_id), other]))
    repository.load(repository.file([workflow(id=own_id, description="new"), other]))
    rows = repository.rows("SELECT name, version FROM workflows WHERE org_id = :org")
    assert {row.name: row.version for row in rows} == {"Test": 2, "other": 1}


def test_what_is_missing_in_a_file_has_its_default(repository: Repository, own_id: str) -> None:
    repository.load(repository.file(workflow(id=own_id, description="d", is_active=False)))
    repository.load(repository.file(workflow(id=own_id)))
    (saved,) = repository.saved()
    assert (saved["description"], saved["is_active"]) == (None, True)


def test_new_ids_make_new_workflows(repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = repository.file(workflow(id=own_id))
    repository.load(file)
    assert repository.load(file, ids="new") == 0
    assert len({saved["id"] for saved in repository.saved()}) == 2
    assert f"  Test, from {own_id}" in capsys.readouterr().out


def test_new_ids_need_none_in_the_file(repository: Repository) -> None:
    assert repository.load(repository.file(workflow()), ids="new") == 0
    assert len(repository.saved()) == 1


def test_kept_ids_must_be_there(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    file = repository.file(workflow())
    assert repository.load(file) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{file}: id: is required, unless new ones are made with --ids new",
        "Nothing was imported: 1 fault.",
    ]


def test_the_same_id_twice_is_refused(repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = [repository.file(workflow(id=own_id), name) for name in ("a.json", "b.json")]
    assert repository.load(*files) == 1
    assert f"{files[1]}: id: {own_id} is that of {files[0]} already" in capsys.readouterr().err
    assert repository.saved() == []


def test_anothers_id_is_refused_and_stays_anothers(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = repository.other()
    owner.load(owner.file(workflow(id=own_id)))
    assert repository.load(repository.file([workflow(id=OTHER_ID), workflow(id=own_id, name="taken")])) == 1
    assert f'The id "{own_id}" is taken: by a workflow of another organization' in capsys.readouterr().err
    assert repository.saved() == []
    assert [saved["name"] for saved in owner.saved()] == ["Test"]


def test_every_fault_is_named_with_file_and_path_and_nothing_is_written(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    right = repository.file(workflow(id=own_id), "right.json")
    form = repository.file(
        [{"id": "fl_1", "name": "", "nodes": [], "edges": {}, "webhook_url": "x", "nme": 1}], "form.json"
    )
    graph = repository.file(
        workflow(id=OTHER_ID, edges=[edge("t", "gone")]) | {"schedule_type": "manual"}, "graph.json"
    )
    broken = repository.file("{", "broken.json")
    nothing = repository.file("- 7\n- {}\n", "nothing.yaml")
    assert repository.load(right, form, graph, broken, nothing) == 1
    said = capsys.readouterr()
    lines = said.err.splitlines()
    starts = [line.split(" ")[0] + " " + line.split(" ")[1] for line in lines[:-1]]
    assert starts == [
        f"{broken}: it",
        *(f"{form}: {path}:" for path in ("name", "nodes", "edges", "id", "webhook_url", "nme")),
        f"{nothing}[0]: must",
        *(f"{nothing}[1]: {path}:" for path in ("name", "nodes", "edges")),
        f"{graph}: edges[0].target:",
    ]
    assert (said.out, lines[-1]) == ("", f"Nothing was imported: {len(starts)} faults.")
    assert repository.saved() == []


def test_a_dry_run_says_the_same_and_saves_nothing(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repository.file(workflow(id=own_id))
    assert repository.load(file, dry_run=True) == 0
    dry = capsys.readouterr().out.splitlines()
    assert repository.saved() == []
    repository.load(file)
    assert dry[:-1] == capsys.readouterr().out.splitlines()[:-1]
    assert dry[-1] == "1 created, 0 updated, 0 unchanged. Nothing was saved: this was a dry run."


def test_an_import_is_noted_as_done_on_the_server_itself(repository: Repository, own_id: str) -> None:
    repository.load(repository.file(workflow(id=own_id)))
    repository.load(repository.file(workflow(id=own_id, name="b")))
    repository.load(repository.file(workflow(id=own_id, name="c")), dry_run=True)
    rows = repository.rows("SELECT actor, address, action FROM audit_log WHERE org_id = :org ORDER BY id")
    assert [tuple(row) for row in rows] == [("cli", "local", "workflow.create"), ("cli", "local", "workflow.update")]


def test_a_webhook_has_its_address_after_an_import_and_keeps_it(repository: Repository, own_id: str) -> None:
    tokens = "SELECT webhook_token_hash FROM workflows WHERE org_id = :org"
    repository.load(repository.file(webhook_workflow(id=own_id)))
    (first,) = repository.rows(tokens)
    repository.load(repository.file(webhook_workflow(id=own_id, name="b")))
    assert first[0]
    assert repository.rows(tokens) == [first]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "1", "no", "\n"]), inner),
    max_leaves=8,
)
WORKFLOWS = st.builds(
    lambda name, note, active, odd, count: workflow(
        node("t", "manual_trigger", odd=odd),
        *(node(f"n{index}", "text_transform", template="a\nb") for index in range(count)),
        edges=[edge("t" if index == 0 else f"n{index - 1}", f"n{index}") for index in range(count)],
        name=name,
        description=note,
        is_active=active,
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30),
    st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30),
    st.booleans(),
    JSON,
    st.integers(0, 4),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=st.lists(WORKFLOWS, min_size=1, max_size=4), kind=st.sampled_from(["json", "yaml"]))
def test_in_another_organization_everything_is_the_same_but_the_ids(
    repository: Repository, posted: list[Json], kind: Format
) -> None:
    here, there = repository.other(), repository.other()
    assert here.load(here.file(posted), ids="new") == 0
    file = here.folder / f"moved.{kind}"
    assert here.dump(output=file) == 0
    assert there.load(file, ids="new") == 0
    ours, theirs = here.saved(), there.saved()
    assert not {one["id"] for one in ours} & {one["id"] for one in theirs}
    assert [one | {"id": ""} for one in ours] == [one | {"id": ""} for one in theirs]
