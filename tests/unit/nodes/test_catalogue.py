"""The catalogue is complete: each component has its file, its place in the list, its schema and its example."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

import app.nodes
from app.core.json import JsonObject, JsonValue, loads
from app.graph.catalogue import Catalogue
from app.graph.graph import build
from app.graph.limits import GraphLimits
from app.graph.model import NodeSpec
from app.graph.node import Node, Trigger
from app.graph.outcome import DEFAULT, ERROR
from app.graph.schema import component_schemas
from app.graph.validation import validate
from app.graph.wire import read
from app.nodes import CATALOGUE, COMPONENTS
from tests.factories.graphs import Fork
from tests.factories.steps import bind

FOLDER = Path(app.nodes.__file__).parent
OPENAPI = FOLDER.parent.parent / "openapi"
SCHEMAS = component_schemas(CATALOGUE)

each_component = pytest.mark.parametrize("kind", COMPONENTS, ids=lambda kind: kind.component_id)


def entry(kind: type[Node]) -> JsonObject:
    found = SCHEMAS[kind.component_id]
    assert isinstance(found, dict)
    return found


def settings_schema(kind: type[Node]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.dumps(entry(kind)["settings"]))


def workflow(kind: type[Node]) -> dict[str, list[JsonValue]]:
    parsed: dict[str, list[JsonValue]] = json.loads((OPENAPI / "examples" / f"{kind.component_id}.json").read_text())
    return parsed


def properties(schema: JsonValue) -> Iterator[tuple[str, JsonObject]]:
    """Give every property that a schema describes, also of the objects within."""
    if isinstance(schema, dict):
        described = schema.get("properties", {})
        assert isinstance(described, dict)
        yield from described.items()
        for inner in (schema.get("$defs") or {}).values():
            yield from properties(inner)


def test_each_file_is_one_component_of_the_list() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}

    assert {kind.component_id for kind in COMPONENTS} == files
    assert {kind.component_id: kind.__module__ for kind in COMPONENTS} == {name: f"app.nodes.{name}" for name in files}


def test_no_two_components_share_a_name() -> None:
    names = [name for kind in COMPONENTS for name in (kind.component_id, *kind.aliases)]

    assert len(names) == len(set(names))


@each_component
def test_the_example_of_a_component_works(kind: type[Node]) -> None:
    assert isinstance(bind(kind.component_id, kind.example), kind)


@each_component
def test_the_example_agrees_with_the_schema_of_the_settings(kind: type[Node]) -> None:
    settings_schema(kind).validate(kind.example)


@each_component
def test_the_schema_refuses_what_the_component_refuses(kind: type[Node]) -> None:
    assert not settings_schema(kind).is_valid({**kind.example, "description": 5})


@pytest.mark.parametrize(
    ("name", "setting", "wrong", "right"),
    [
        ("iterator", "array", [None, 5, {}], [[1], "{{ n1 }}"]),
        ("array_filter", "array", [None, True, {}], [[], "{{ n1 }}"]),
        ("data_mapper", "source", [5, [], True], [None, {}, "{{ n1 }}"]),
        ("trigger_workflow", "payload", [5, []], [None, {}, "{{ n1 }}"]),
        ("soap", "payload", [5, []], [None, {}, "{{ n1 }}"]),
        ("send_email", "to", [5, {}, [5]], ["a@example.com", ["a@example.com"], "{{ n1 }}"]),
        ("send_email", "cc", [5, {}, [5]], [None, ["a@example.com"]]),
        ("send_email", "port", [0, 70_000, 2.5], [25, None, "{{ n1 }}"]),
        ("ssh", "port", [0, 70_000], [22, "{{ n1 }}"]),
        ("delay", "duration", [-1, 901], [5, "{{ n1 }}", "5 minutes"]),
        ("interactive_form", "expires_in_seconds", [5, 31_536_001], [None, 60, "{{ n1 }}"]),
        ("interactive_form", "buttons", [[], 5], [[{"id": "a"}]]),
        (
            "webhook",
            "headers",
            [{f"x{n}": "1" for n in range(101)}, 5],
            [None, {"x": "1"}, [{"key": "x", "value": "1"}]],
        ),
        ("webhook_trigger", "verify_token", ["secret", "{{ vault.x }}"], [None]),
        ("validate", "rules", [{}, 5], [{"a": "required"}]),
    ],
)
def test_the_schema_tells_what_is_right_as_the_component_does(
    name: str, setting: str, wrong: list[JsonValue], right: list[JsonValue]
) -> None:
    kind = next(kind for kind in COMPONENTS if kind.component_id == name)
    schema = settings_schema(kind)

    for value, is_right in [*((value, False) for value in wrong), *((value, True) for value in right)]:
        given = {**kind.example, setting: value}
        bound = CATALOGUE.bind(NodeSpec("n", name, 0, 0, given, 0))
        assert schema.is_valid(given) is isinstance(bound, Node) is is_right, value


@each_component
def test_every_setting_is_described_in_a_sentence(kind: type[Node]) -> None:
    for name, described in properties(entry(kind)["settings"]):
        assert str(described.get("description", "")).endswith("."), name


@each_component
def test_a_component_says_what_it_is(kind: type[Node]) -> None:
    described = entry(kind)
    is_trigger = issubclass(kind, Trigger)

    assert described["kind"] == ("trigger" if is_trigger else "action")
    assert str(described["description"]).endswith(".")
    assert described["aliases"] == list(kind.aliases)
    assert described["example"] == kind.example
    handles = described["handles_of_the_example"]
    assert isinstance(handles, list)
    assert (handles == [DEFAULT]) if is_trigger else (ERROR in handles)


@each_component
def test_every_output_is_described_in_a_sentence(kind: type[Node]) -> None:
    assert kind.outputs
    assert [name for name, what in kind.outputs.items() if not what.endswith(".")] == []


@each_component
def test_every_component_has_a_workflow_that_shows_it_and_is_free_of_faults(kind: type[Node]) -> None:
    posted = workflow(kind)
    definition, issues = read(posted["nodes"], posted["edges"])

    assert [*issues, *validate(definition, CATALOGUE, GraphLimits())] == []
    assert kind.component_id in {spec.component_id for spec in definition.nodes}
    assert build(definition, CATALOGUE).reachable == {spec.id for spec in definition.nodes}
    assert {"name", "description"} <= posted.keys()


def test_no_example_workflow_is_named_for_another_name_of_a_component() -> None:
    aliases = {alias for kind in COMPONENTS for alias in kind.aliases}
    assert {path.stem for path in (OPENAPI / "examples").glob("*.json")} & aliases == set()


def test_the_published_schemas_are_those_of_the_code() -> None:
    assert loads((OPENAPI / "node-schemas.json").read_text()) == loads(json.dumps(SCHEMAS))


def test_a_component_whose_example_does_not_work_is_not_published() -> None:
    class Broken(Fork):
        component_id = "broken"
        example = {"description": 5}  # noqa: RUF012 -- the base's shape

    with pytest.raises(TypeError, match="the example of broken is wrong"):
        component_schemas(Catalogue([Broken]))
