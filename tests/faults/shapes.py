"""The small family of workflows that random experiments draw from, each with its definition's label in every call."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.faults.echoing import BROKEN
from tests.faults.graphs import Graph, hook
from tests.faults.invariants import VERSION_HEADER
from tests.fixtures.target import Target
from tests.worker.calling import calling
from tests.worker.looped import loop
from tests.worker.world import call, chain, edge, node, text

TRIGGERS = ("manual_trigger", "webhook_trigger", "event_trigger")
CALLED = "workflow_trigger"
EVENT = "something.happened"
BUTTONS = [{"id": "yes"}, {"id": "no"}]


def behind(trigger: str, graph: Graph) -> Graph:
    """Return the workflow with another trigger."""
    settings = {"event": EVENT} if trigger == "event_trigger" else {}
    (_, *others), edges = graph
    return [node("t", trigger, **settings), *others], edges


def _diamond(target: Target, label: str) -> Graph:
    nodes = [node("t", "manual_trigger"), *(hook(name, target, label) for name in ("left", "right", "join"))]
    nodes.insert(2, text("between", "{{ left.status }}"))
    pairs = (("t", "left"), ("left", "between"), ("t", "right"), ("between", "join"), ("right", "join"))
    return nodes, [edge(*pair) for pair in pairs]


def _choice(target: Target, label: str) -> Graph:
    asks = node("c", "string_condition", input="{{ first.body.label }}", operator="equals", value="v1")
    nodes, edges = chain(hook("first", target, label), asks)
    nodes += [hook(name, target, label) for name in ("yes", "no", "after")]
    edges += [edge("c", "yes", "true"), edge("c", "no", "false"), edge("yes", "after"), edge("no", "after")]
    return nodes, edges


def _form(target: Target, label: str) -> Graph:
    nodes, edges = chain(hook("first", target, label), node("ask", "interactive_form", title="Well?", buttons=BUTTONS))
    nodes += [hook(name, target, label) for name in ("yes", "no", "beside")]
    return nodes, [*edges, edge("ask", "yes", "yes"), edge("ask", "no", "no"), edge("t", "beside")]


def _rescued(target: Target, label: str) -> Graph:
    nodes, edges = chain(_broken(target, label), hook("well", target, label))
    return [*nodes, hook("rescue", target, label)], [*edges, edge("broken", "rescue", "error")]


def _broken(target: Target, label: str, **settings: object) -> dict[str, object]:
    headers = {VERSION_HEADER: label}
    return call("broken", target.url(BROKEN), body='{"run": "{{ t.run_id }}"}', headers=headers, **settings)


def _iterated(target: Target, label: str, **settings: Any) -> Graph:
    return loop([1, 2, 3], hook("entry", target, label), after=[hook("last", target, label)], **settings)


Shape = Callable[[Target, str], Graph]

SHAPES: Mapping[str, Shape] = {
    "one call": lambda target, label: chain(hook("n0", target, label)),
    "chain": lambda target, label: chain(*(hook(f"n{number}", target, label) for number in range(3))),
    "diamond": _diamond,
    "choice": _choice,
    "items in turn": _iterated,
    "items at once": lambda target, label: _iterated(
        target, label, mode="parallel", concurrency=2, on_item_error="continue"
    ),
    "delay": lambda target, label: chain(
        hook("n0", target, label), node("nap", "delay", duration=60), hook("n1", target, label)
    ),
    "form": _form,
    "retry": lambda target, label: chain(
        hook("n0", target, label, retry={"max_attempts": 2, "delay_seconds": 0}), hook("n1", target, label)
    ),
    "late retry": lambda target, label: chain(
        hook("n0", target, label, retry={"max_attempts": 2, "delay_seconds": 60}), hook("n1", target, label)
    ),
    "failing": lambda target, label: chain(hook("n0", target, label), _broken(target, label)),
    "rescued": _rescued,
    "going on": lambda target, label: chain(
        _broken(target, label, continue_on_error=True), hook("last", target, label)
    ),
}


def calls(target: Target, label: str, child: str, *, waits: bool) -> Graph:
    """Return a workflow that calls another one."""
    return chain(calling("child", child, wait=waits), hook("last", target, label))
