"""Workflows that experiments run: each call carries its Idempotency-Key, and the label of the definition it is from."""

from tests.faults.invariants import VERSION_HEADER
from tests.fixtures.target import Target
from tests.worker.calling import called, calling
from tests.worker.looped import loop
from tests.worker.world import call, chain, edge, node, text

Graph = tuple[list[dict[str, object]], list[dict[str, object]]]


def hook(node_id: str, target: Target, label: str = "1", **data: object) -> dict[str, object]:
    """Return a call with a templated body."""
    return call(node_id, target.url(), body='{"run": "{{ t.run_id }}"}', headers={VERSION_HEADER: label}, **data)


def links(target: Target, count: int, label: str = "1") -> Graph:
    """Return a chain of calls: `n0`, `n1` and so on."""
    return chain(*(hook(f"n{number}", target, label) for number in range(count)))


def diamond(target: Target) -> Graph:
    """Return two branches of a call each, joined by a third."""
    nodes = [node("t", "manual_trigger"), *(hook(name, target) for name in ("left", "right", "join"))]
    pairs = (("t", "left"), ("t", "right"), ("left", "join"), ("right", "join"))
    return nodes, [edge(*pair) for pair in pairs]


def errand(target: Target) -> Graph:
    """Return a called workflow that waits long enough to park, and calls."""
    return called(node("nap", "delay", duration=2, unit="seconds"), hook("errand", target))


def everything(target: Target, child: str) -> Graph:
    """Return a run of each kind of step: branches and a join, three items, an awaited child, a wait, a last call."""
    branches, joined = diamond(target)
    after = [
        calling("child", child),
        text("between", "{{ child.status }}"),
        node("rest", "delay", duration=2),
        hook("last", target),
    ]
    looped, drawn = loop([1, 2, 3], hook("entry", target), after=after)
    first, *others = drawn
    return [*branches, *looped[1:]], [*joined, first | {"source": "join"}, *others]
