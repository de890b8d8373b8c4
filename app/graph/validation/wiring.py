"""Warnings about the drawing: it runs, but perhaps not as its author means."""

from collections.abc import Iterator, Sequence

from app.graph.errors import Issue, Severity
from app.graph.node import Action, Node
from app.graph.outcome import ERROR, ITEM
from app.graph.validation.subject import Subject


def every_node_is_reached(subject: Subject) -> Iterator[Issue]:
    """Without a trigger nothing would be reached, which need not be said of each node."""
    if not subject.triggers:
        return
    reached = subject.topology.reachable([spec.id for spec in subject.triggers])
    for spec in subject.definition.nodes:
        if spec.id not in reached:
            message = f"No path leads from the trigger to {spec.id}, so it never runs."
            yield Issue(spec.path, message, spec.id, Severity.WARNING)


def every_branch_leads_somewhere(subject: Subject) -> Iterator[Issue]:
    wired = {(edge.source, edge.source_handle) for edge in subject.definition.edges}
    for node_id, node in subject.nodes.items():
        for handle in _branches(node):
            if (node_id, handle) not in wired:
                yield Issue(subject.specs[node_id].path, _unwired(node_id, handle), node_id, Severity.WARNING)


def _branches(node: Node) -> Sequence[str]:
    """Return the handles of which one is missed. That a run ends behind its last step is no fault."""
    if node.iterates:
        return (ITEM,)
    branches = [handle for handle in node.handles() if handle != ERROR]
    return branches if len(branches) > 1 else ()


def _unwired(node_id: str, handle: str) -> str:
    if handle == ITEM:
        return f'Nothing hangs on the handle "{ITEM}" of {node_id}, so that nothing is done with its items.'
    return f'The branch "{handle}" of {node_id} leads nowhere: a run that takes it goes no further.'


def failures_have_a_way_on(subject: Subject) -> Iterator[Issue]:
    """Warn of `continue_on_error` where there is no telling which way a success would have gone."""
    wired = {(edge.source, edge.source_handle) for edge in subject.definition.edges}
    for node_id, node in subject.nodes.items():
        if not isinstance(node, Action) or not node.action_settings.continue_on_error:
            continue
        if node.success_handle not in node.handles() and (node_id, ERROR) not in wired:
            message = (
                f"After a failure of {node_id} there is no way on: which of {_named(node)} a success would take is"
                f' not known, so "continue_on_error" takes none. Draw an edge from its handle "{ERROR}".'
            )
            yield Issue(f"{subject.specs[node_id].path}.data.continue_on_error", message, node_id, Severity.WARNING)


def _named(node: Node) -> str:
    return ", ".join(f'"{handle}"' for handle in node.handles() if handle != ERROR)
