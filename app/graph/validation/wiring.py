"""Warnings about the drawing: it runs, but perhaps not as its author means."""

from collections.abc import Iterator

from app.graph.errors import Issue, Severity
from app.graph.outcome import ERROR
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
        branches = [handle for handle in node.handles() if handle != ERROR]
        if len(branches) > 1:
            for handle in branches:
                if (node_id, handle) not in wired:
                    spec = subject.specs[node_id]
                    message = f'The branch "{handle}" of {node_id} leads nowhere: a run that takes it goes no further.'
                    yield Issue(spec.path, message, node_id, Severity.WARNING)
