"""Workflows over the real components, and what validation says about them."""

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue
from app.graph.limits import GraphLimits
from app.graph.validation import validate
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.factories.graphs import edges, node


def trigger(node_id: str = "t", **settings: JsonValue) -> JsonObject:
    return node(node_id, "manual_trigger", settings)


def text(node_id: str, template: str = "x") -> JsonObject:
    return node(node_id, "text_transform", template=template)


def question(node_id: str) -> JsonObject:
    return node(node_id, "boolean_condition", input="{{ t.flag }}", operator="is_true")


def judged(nodes: list[JsonValue], *drawn: str, extra: tuple[JsonValue, ...] = ()) -> list[Issue]:
    definition, issues = read(nodes, [*edges(*drawn), *extra])
    return [*issues, *validate(definition, CATALOGUE, GraphLimits())]
