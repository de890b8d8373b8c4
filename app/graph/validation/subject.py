"""What the rules look at: the definition, what could be bound of it, and who is connected to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.graph.catalogue import Catalogue
from app.graph.errors import Issue
from app.graph.model import Definition, NodeSpec
from app.graph.nesting import Nesting
from app.graph.node import Node, Trigger
from app.graph.template import Read, iter_templates
from app.graph.topology import Topology

MAX_ISSUES = 1_000  # of each severity that are told; more of them nobody reads


class Reading(NamedTuple):
    """A template in a node's settings, what it reads, and whether the vault may be among that."""

    node_id: str
    path: str
    reads: frozenset[Read]
    is_secret_capable: bool

    @property
    def roots(self) -> frozenset[str]:
        return frozenset(read.root for read in self.reads)


@dataclass(frozen=True)
class Subject:
    definition: Definition
    catalogue: Catalogue
    specs: Mapping[str, NodeSpec]
    nodes: Mapping[str, Node]  # those whose settings are right
    binding_issues: Sequence[Issue]
    triggers: Sequence[NodeSpec]  # also those whose settings are wrong
    nesting: Nesting
    topology: Topology  # without the edges that lead back to an iterator

    @classmethod
    def of(cls, definition: Definition, catalogue: Catalogue) -> "Subject":
        nodes: dict[str, Node] = {}
        issues: list[Issue] = []
        for spec in definition.nodes:
            bound = catalogue.bind(spec)
            if isinstance(bound, Node):
                nodes[spec.id] = bound
            else:
                issues.extend(bound)
            if len(issues) > MAX_ISSUES:
                break
        iterators = [spec.id for spec in definition.nodes if _iterates(spec, catalogue)]
        nesting = Nesting.of(definition, iterators)
        return cls(
            definition=definition,
            catalogue=catalogue,
            specs={spec.id: spec for spec in definition.nodes},
            nodes=nodes,
            binding_issues=issues,
            triggers=[spec for spec in definition.nodes if _is_trigger(spec, catalogue)],
            nesting=nesting,
            topology=Topology(nesting.forward(definition)),
        )

    def kind_of(self, spec: NodeSpec) -> type[Node] | None:
        """Return the component that a node names, whether or not its settings are right."""
        return self.catalogue.get(spec.component_id)

    @cached_property
    def readings(self) -> Sequence[Reading]:
        """Every template that reads something, in posted order."""
        return [
            Reading(
                node_id,
                f"{self.specs[node_id].path}.data.{setting.path}",
                setting.reads,
                setting.is_secret_capable,
            )
            for node_id, node in self.nodes.items()
            for setting in iter_templates(node.base_settings)
            if setting.reads
        ]


def _iterates(spec: NodeSpec, catalogue: Catalogue) -> bool:
    kind = catalogue.get(spec.component_id)
    return kind is not None and kind.iterates


def _is_trigger(spec: NodeSpec, catalogue: Catalogue) -> bool:
    kind = catalogue.get(spec.component_id)
    return kind is not None and issubclass(kind, Trigger)
