"""Errors of structure: which nodes there must be, and how edges may connect them."""

from collections.abc import Iterator

from app.graph.errors import Issue
from app.graph.model import EdgeSpec
from app.graph.validation import iterators
from app.graph.validation.subject import Subject

_NAMED_IN_A_CIRCLE = 10
_NAMED_HANDLES = 20


def check(subject: Subject) -> list[Issue]:
    """Return every fault for which the definition is refused."""
    return [issue for rule in RULES for issue in rule(subject)]


def one_trigger(subject: Subject) -> Iterator[Issue]:
    if not subject.triggers:
        message = 'A workflow begins with exactly one trigger; this one has none. Add a node such as "manual_trigger".'
        yield Issue("nodes", message)
    if len(subject.triggers) > 1:
        names = ", ".join(spec.id for spec in subject.triggers)
        message = f"A workflow begins with exactly one trigger; this one has {len(subject.triggers)}: {names}."
        second = subject.triggers[1]
        yield Issue(second.path, message, second.id)


def ends_exist(subject: Subject) -> Iterator[Issue]:
    for edge in subject.definition.edges:
        for end, node_id in (("source", edge.source), ("target", edge.target)):
            if node_id not in subject.specs:
                verb = "comes from" if end == "source" else "leads to"
                yield Issue(f"{edge.path}.{end}", f"Edge {edge.id} {verb} {node_id}, and there is no such node.")


def nothing_leads_into_a_trigger(subject: Subject) -> Iterator[Issue]:
    triggers = {spec.id for spec in subject.triggers}
    for edge in subject.definition.edges:
        if edge.target in triggers:
            message = f"Edge {edge.id} leads into the trigger {edge.target}; nothing comes before a trigger."
            yield Issue(f"{edge.path}.target", message, edge.target)


def handles_exist(subject: Subject) -> Iterator[Issue]:
    handles = {node_id: node.handles() for node_id, node in subject.nodes.items()}
    for edge in subject.definition.edges:
        offered = handles.get(edge.source)
        if offered is not None and edge.source_handle not in offered:
            yield Issue(f"{edge.path}.sourceHandle", _wrong_handle(edge, offered), edge.source)


def _wrong_handle(edge: EdgeSpec, offered: tuple[str, ...]) -> str:
    names = ", ".join(f'"{handle}"' for handle in offered[:_NAMED_HANDLES])
    if len(offered) > _NAMED_HANDLES:
        names += f" and {len(offered) - _NAMED_HANDLES} more"
    return f'Edge {edge.id} leaves {edge.source} by the handle "{edge.source_handle}"; {edge.source} has {names}.'


def no_circles(subject: Subject) -> Iterator[Issue]:
    for circle in subject.topology.circles():
        first = subject.specs[circle[0]]
        shown = [*circle[:_NAMED_IN_A_CIRCLE], *(["…"] if len(circle) > _NAMED_IN_A_CIRCLE else []), first.id]
        message = f"The nodes {' → '.join(shown)} form a cycle; a workflow only goes forward. Remove one of the edges."
        yield Issue(first.path, message, first.id)


RULES = (one_trigger, ends_exist, nothing_leads_into_a_trigger, handles_exist, no_circles, *iterators.RULES)
