"""Whether a definition can run, and what in it looks like a mistake: every fault at once."""

from collections.abc import Callable, Iterable, Sequence

from app.graph.catalogue import Catalogue
from app.graph.errors import Issue, Severity
from app.graph.limits import GraphLimits
from app.graph.model import Definition
from app.graph.tally import TooMuchError, counting
from app.graph.validation import iterators, structure
from app.graph.validation.reading import (
    nothing_is_read_too_early,
    vault_is_read_only_where_it_may_be,
    vault_items_are_named,
)
from app.graph.validation.strangers import no_key_is_misspelt
from app.graph.validation.subject import MAX_ISSUES, Subject
from app.graph.validation.synchronous import nothing_keeps_the_caller_waiting, somebody_responds
from app.graph.validation.wiring import every_branch_leads_somewhere, every_node_is_reached, failures_have_a_way_on

Rule = Callable[[Subject], Iterable[Issue]]

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    iterators.bodies_are_read_from_within,
    vault_is_read_only_where_it_may_be,
    vault_items_are_named,
    every_node_is_reached,
    nothing_is_read_too_early,
    every_branch_leads_somewhere,
    no_key_is_misspelt,
    failures_have_a_way_on,
    nothing_keeps_the_caller_waiting,
    somebody_responds,
)


NODE_RULES: tuple[Rule, ...] = (vault_is_read_only_where_it_may_be, vault_items_are_named)


def validate_node(definition: Definition, catalogue: Catalogue) -> list[Issue]:
    """Return what is wrong with nodes by themselves, whatever stands around them."""
    return _judged(definition, catalogue, NODE_RULES)


def validate(definition: Definition, catalogue: Catalogue, limits: GraphLimits) -> list[Issue]:
    """Return errors and warnings, in linear time. Faults of form were found when the definition was read.

    A definition with too many nodes or edges is not looked at any further.
    """
    too_much = limits.issues(len(definition.nodes), len(definition.edges))
    return too_much or _judged(definition, catalogue, RULES)


def _judged(definition: Definition, catalogue: Catalogue, rules: Iterable[Rule]) -> list[Issue]:
    try:
        with counting():
            subject = Subject.of(definition, catalogue)
    except TooMuchError as error:
        return [Issue("nodes", str(error))]
    return _first([*subject.binding_issues, *(issue for rule in rules for issue in rule(subject))])


def _first(issues: Sequence[Issue]) -> list[Issue]:
    """Leave out what nobody reads any more: of errors and of warnings all but the first `MAX_ISSUES`."""
    if len(issues) <= MAX_ISSUES:
        return list(issues)
    kept: list[Issue] = []
    for severity in Severity:
        of_kind = [issue for issue in issues if issue.severity is severity]
        kept += of_kind[:MAX_ISSUES]
        if len(of_kind) > MAX_ISSUES:
            message = f"There are more of these {severity}s than the {MAX_ISSUES:,} that are named."
            kept.append(Issue("nodes", message, severity=severity))
    return kept
