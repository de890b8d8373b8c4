"""Errors about iterators: a body is entered by the handle `item` alone, and read from within alone."""

from collections.abc import Iterator

from app.graph.errors import Issue
from app.graph.model import EdgeSpec
from app.graph.nesting import MAX_DEPTH
from app.graph.outcome import DONE, ITEM
from app.graph.validation.subject import Subject


def bodies_are_entered_by_their_items(subject: Subject) -> Iterator[Issue]:
    for edge in subject.definition.edges:
        iterator = subject.nesting.entered_by(edge)
        if iterator is not None and edge.source in subject.specs:
            yield Issue(f"{edge.path}.target", _entered(edge, iterator), edge.target)


def _entered(edge: EdgeSpec, iterator: str) -> str:
    if edge.source == iterator and edge.source_handle == DONE:
        return (
            f'{edge.target} is reached both by "{ITEM}" and by "{DONE}" of {iterator}: what runs once an item cannot'
            f" also come after the last one. Let the last node of the body lead nowhere, or back to {iterator}."
        )
    return (
        f"Edge {edge.id} leads from outside into the body of {iterator}, of which {edge.target} is a part:"
        f' what runs once an item is reached by the handle "{ITEM}" of {iterator} only.'
    )


def iterators_stand_within_each_other_one_way(subject: Subject) -> Iterator[Issue]:
    for one, other in subject.nesting.entwined():
        spec = subject.specs[one]
        message = (
            f"The iterators {one} and {other} each stand in the body of the other: an edge from the body of the inner"
            " one leads to the outer one. A body's last node leads nowhere, or back to its own iterator."
        )
        yield Issue(spec.path, message, one)


def iterators_are_not_too_deep(subject: Subject) -> Iterator[Issue]:
    for iterator in subject.nesting.bodies:
        depth = len(subject.nesting.around(iterator)) + 1
        if depth > MAX_DEPTH:
            message = f"Iterators stand within each other at most {MAX_DEPTH} deep; {iterator} is the {depth}th."
            yield Issue(subject.specs[iterator].path, message, iterator)


def bodies_are_read_from_within(subject: Subject) -> Iterator[Issue]:
    for reading in subject.readings if subject.nesting.bodies else ():
        around = subject.nesting.around(reading.node_id)
        for root in sorted(reading.roots):
            owner = subject.nesting.owners.get(root)
            if owner is not None and owner not in around:
                message = (
                    f"{reading.node_id} reads {root}, which runs once for each item of {owner}."
                    f" From outside read {{{{ {owner}.items }}}}: it has the result of each item."
                )
                yield Issue(reading.path, message, reading.node_id)


RULES = (bodies_are_entered_by_their_items, iterators_stand_within_each_other_one_way, iterators_are_not_too_deep)
