"""What templates read: the vault is refused, what cannot be there is warned of."""

from collections.abc import Iterator

from app.graph.errors import Issue, Severity
from app.graph.model import NodeSpec
from app.graph.template import iter_templates
from app.graph.topology import Upstream
from app.graph.validation.subject import Subject

VAULT = "vault"
ROOTS = ("trigger", "run", "workflow", "now")
ITERATOR_ROOTS = ("item", "index", "parent")


def vault_is_not_read(subject: Subject) -> Iterator[Issue]:
    for spec, path, roots in _readings(subject):
        if VAULT in roots:
            message = f"{spec.id} reads the vault; values from the vault are not available in this version."
            yield Issue(path, message, spec.id)


def nothing_is_read_too_early(subject: Subject) -> Iterator[Issue]:
    upstream = subject.topology.upstream()
    for spec, path, roots in _readings(subject):
        for root in sorted(roots - {VAULT}):
            fault = _fault(subject, upstream, spec.id, root)
            if fault:
                message = f"{spec.id} reads {root}, {fault}, so it renders as nothing."
                yield Issue(path, message, spec.id, Severity.WARNING)


def _readings(subject: Subject) -> Iterator[tuple[NodeSpec, str, set[str]]]:
    """Give each template's node, place and roots, in posted order."""
    for node_id, node in subject.nodes.items():
        spec = subject.specs[node_id]
        for setting, template in iter_templates(node.base_settings):
            yield spec, f"{spec.path}.data.{setting}", {read.root for read in template.reads}


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
