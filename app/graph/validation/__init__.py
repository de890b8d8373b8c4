"""Whether a definition can run, and what in it looks like a mistake: every fault at once."""

from app.graph.catalogue import Catalogue
from app.graph.errors import Issue
from app.graph.limits import GraphLimits
from app.graph.model import Definition
from app.graph.validation import iterators, structure
from app.graph.validation.reading import (
    nothing_is_read_too_early,
    vault_is_read_only_where_it_may_be,
    vault_items_are_named,
)
from app.graph.validation.subject import Subject
from app.graph.validation.synchronous import nothing_keeps_the_caller_waiting, somebody_responds
from app.graph.validation.wiring import every_branch_leads_somewhere, every_node_is_reached

RULES = (
    *structure.RULES,
    iterators.bodies_are_read_from_within,
    vault_is_read_only_where_it_may_be,
    vault_items_are_named,
    every_node_is_reached,
    nothing_is_read_too_early,
    every_branch_leads_somewhere,
    nothing_keeps_the_caller_waiting,
    somebody_responds,
)


NODE_RULES = (vault_is_read_only_where_it_may_be, vault_items_are_named)


def validate_node(definition: Definition, catalogue: Catalogue) -> list[Issue]:
    """Return what is wrong with nodes by themselves, whatever stands around them."""
    subject = Subject.of(definition, catalogue)
    return [*subject.binding_issues, *(issue for rule in NODE_RULES for issue in rule(subject))]


def validate(definition: Definition, catalogue: Catalogue, limits: GraphLimits) -> list[Issue]:
    """Return errors and warnings, in linear time. Faults of form were found when the definition was read.

    A definition with too many nodes is not looked at any further.
    """
    if len(definition.nodes) > limits.nodes:
        message = f"A workflow has at most {limits.nodes} nodes; this one has {len(definition.nodes)}."
        return [Issue("nodes", message)]
    subject = Subject.of(definition, catalogue)
    return [*subject.binding_issues, *(issue for rule in RULES for issue in rule(subject))]
