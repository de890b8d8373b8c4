"""What templates read: the vault is refused, what cannot be there is warned of."""

from collections.abc import Iterator

from app.graph.errors import Issue, Severity
from app.graph.topology import Upstream
from app.graph.validation.subject import Subject

VAULT = "vault"
ROOTS = ("trigger", "run", "workflow", "now")
ITERATOR_ROOTS = ("item", "index", "parent")


def vault_is_not_read(subject: Subject) -> Iterator[Issue]:
    for node_id, path, roots in subject.readings:
        if VAULT in roots:
            message = f"{node_id} reads the vault; values from the vault are not available in this version."
            yield Issue(path, message, node_id)


def nothing_is_read_too_early(subject: Subject) -> Iterator[Issue]:
    upstream = subject.topology.upstream()
    for node_id, path, roots in subject.readings:
        for root in sorted(roots - {VAULT}):
            fault = _fault(subject, upstream, node_id, root)
            if fault:
                message = f"{node_id} reads {root}, {fault}, so it renders as nothing."
                yield Issue(path, message, node_id, Severity.WARNING)


def _fault(subject: Subject, upstream: Upstream, reader: str, root: str) -> str | None:
    """Say why a root has no value when the reader runs. Ids of nodes come before roots of the same name."""
    if root == reader:
        return "which is the node itself"
    if root in subject.specs:
        # What lies in or behind a cycle has no order; the cycle is reported by itself.
        is_there = not upstream.knows(reader) or upstream.is_before(root, reader)
        return None if is_there else "which is not upstream of it"
    if root in ITERATOR_ROOTS:
        return "which exists only inside iterators"
    return None if root in ROOTS else f"which is neither a node nor one of {', '.join(ROOTS)}"
