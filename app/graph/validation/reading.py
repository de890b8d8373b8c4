"""What templates read: the vault only where it may be, and what cannot be there is warned of."""

from collections.abc import Iterator

from app.graph.catalogue import Catalogue
from app.graph.errors import Issue, Severity
from app.graph.template import VAULT, Read, secret_capable_settings
from app.graph.topology import Upstream
from app.graph.validation.subject import Subject

ROOTS = ("trigger", "run", "workflow", "now")
ITERATOR_ROOTS = ("item", "index", "parent")


def vault_is_read_only_where_it_may_be(subject: Subject) -> Iterator[Issue]:
    wrong = [one for one in subject.readings if VAULT in one.roots and not one.is_secret_capable]
    capable = _capable(subject.catalogue) if wrong else ""  # which takes a millisecond
    for reading in wrong:
        message = f"{reading.node_id} reads the vault here; it may be read only in {capable}."
        yield Issue(reading.path, message, reading.node_id)


def vault_items_are_named(subject: Subject) -> Iterator[Issue]:
    for reading in subject.readings:
        if any(read.root == VAULT and not _names_an_item(read) for read in reading.reads):
            message = (
                f"{reading.node_id} reads the vault without naming an item: "
                'write {{ vault.name }} or {{ vault["My key"] }}, with the name as it is.'
            )
            yield Issue(reading.path, message, reading.node_id)


def _names_an_item(read: Read) -> bool:
    return isinstance(next(iter(read.path), None), str)


def _capable(catalogue: Catalogue) -> str:
    """Name the settings that may read the vault, such as `url, query and body of webhook`."""
    found = ((kind.component_id, list(secret_capable_settings(kind.settings_type))) for kind in catalogue)
    return "; ".join(f"{', '.join(names)} of {component_id}" for component_id, names in found if names)


def nothing_is_read_too_early(subject: Subject) -> Iterator[Issue]:
    upstream = subject.topology.upstream()
    for reading in subject.readings:
        for root in sorted(reading.roots - {VAULT}):
            fault = _fault(subject, upstream, reading.node_id, root)
            if fault:
                message = f"{reading.node_id} reads {root}, {fault}, so it renders as nothing."
                yield Issue(reading.path, message, reading.node_id, Severity.WARNING)


def _fault(subject: Subject, upstream: Upstream, reader: str, root: str) -> str | None:
    """Say why a root has no value when the reader runs. Ids of nodes come before roots of the same name."""
    around = subject.nesting.around(reader)
    if root in subject.specs:
        return _fault_of_node(subject, upstream, reader, root)
    if root in ITERATOR_ROOTS and not around:
        return "which exists only inside iterators"
    if root == "parent" and len(around) == 1:
        return "which exists only where iterators stand within each other"
    is_known = root in (*ROOTS, *ITERATOR_ROOTS)
    return None if is_known else f"which is neither a node nor one of {', '.join(ROOTS)}"


def _fault_of_node(subject: Subject, upstream: Upstream, reader: str, root: str) -> str | None:
    around = subject.nesting.around(reader)
    if root == reader:
        return "which is the node itself"
    if root in around:
        return "which has not ended while its items run"
    is_refused = subject.nesting.owners.get(root) not in {None, *around}  # with a sentence of its own
    # What lies in or behind a cycle has no order; the cycle is reported by itself.
    is_there = is_refused or not upstream.knows(reader) or upstream.is_before(root, reader)
    return None if is_there else "which is not upstream of it"
