"""Graphs drawn in a line of text, over a few components that do nothing: enough to walk, wire and validate."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonObject, JsonValue
from app.graph.answer import Answer
from app.graph.catalogue import Catalogue
from app.graph.context import NodeContext, TriggerInput
from app.graph.graph import Graph, build
from app.graph.model import Definition
from app.graph.node import Action, ActionSettings, Node, Settings, Trigger
from app.graph.outcome import DEFAULT, DONE, ERROR, ITEM, Outcome, Success
from app.graph.wire import read

FORK_HANDLES = (DEFAULT, "a", "b", "c", ERROR)


class Start(Trigger):
    component_id = "start"
    settings_type = Settings
    example: ClassVar[JsonObject] = {}
    trigger_type = "manual"

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        return {"run_id": given.run_id}


class Fork(Action):
    """Has every handle that a test may need; `responds` is a setting."""

    component_id = "fork"
    aliases: ClassVar[tuple[str, ...]] = ("fork_alias",)
    settings_type = ActionSettings
    example: ClassVar[JsonObject] = {}

    def handles(self) -> tuple[str, ...]:
        return FORK_HANDLES

    async def run(self, ctx: NodeContext) -> Outcome:
        return Success({"attempt": ctx.attempt})


class Responder(Fork):
    """Responds, and is answered in a way of its own: with its name as a text."""

    component_id = "answer"
    aliases: ClassVar[tuple[str, ...]] = ()

    @property
    def responds(self) -> bool:
        return True

    def answer(self, output: JsonObject) -> Answer:  # noqa: ARG002 -- the base's
        return Answer(203, "text/plain", self.node_id)


class End(Fork):
    component_id = "end"
    aliases: ClassVar[tuple[str, ...]] = ()
    ends_run = True


class Loop(Fork):
    component_id = "loop"
    aliases: ClassVar[tuple[str, ...]] = ()
    iterates = True
    success_handle = DONE

    def handles(self) -> tuple[str, ...]:
        return (ITEM, DONE, ERROR)


TOYS: tuple[type[Node], ...] = (Start, Fork, Responder, End, Loop)
TOY_CATALOGUE = Catalogue(TOYS)


def node(
    node_id: str,
    component_id: str = "fork",
    settings: JsonObject | None = None,
    *,
    x: float = 0,
    y: float = 0,
    **more: JsonValue,
) -> JsonObject:
    """Return a node as a client posts it. Settings are given by name, or as an object."""
    return {
        "id": node_id,
        "type": component_id,
        "position": {"x": x, "y": y},
        "data": {"componentId": component_id, **(settings or {}), **more},
    }


def edge(source: str, target: str, handle: str | None = None) -> JsonObject:
    """Return an edge as a client posts it, named after its ends."""
    ends = {"id": f"{source}-{handle or DEFAULT}-{target}", "source": source, "target": target}
    return ends if handle is None else {**ends, "sourceHandle": handle}


def edges(*drawn: str) -> list[JsonObject]:
    """Return the edges of drawings such as `t > a` and `a:error > b`."""
    return [_drawn_edge(drawing) for drawing in drawn]


def definition(nodes: list[JsonObject], drawn: list[JsonObject]) -> Definition:
    """Read what must be without faults of form."""
    read_definition, issues = read(nodes, drawn)
    assert issues == []
    return read_definition


def draw(*drawn: str, **nodes: JsonObject) -> Graph:
    """Return the graph of some edges. `t` is its trigger, the others are forks unless they are given as nodes."""
    posted = edges(*drawn)
    names = dict.fromkeys(["t", *(str(end) for one in posted for end in (one["source"], one["target"]))])
    given = [nodes.get(name) or node(name, "start" if name == "t" else "fork") for name in names]
    return build(definition(given, posted), TOY_CATALOGUE)


def _drawn_edge(drawing: str) -> JsonObject:
    start, _, target = (part.strip() for part in drawing.partition(">"))
    source, _, handle = start.partition(":")
    return edge(source, target, handle or None)
