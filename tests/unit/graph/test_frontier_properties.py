"""Random graphs, walked in random order, against a slow reference that knows nothing but the rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from app.graph.frontier import Frontier
from app.graph.graph import Graph
from tests.factories.graphs import FORK_HANDLES, draw

Choices = dict[str, str | None]  # by which handle each node leaves; None: it fails without a way on


@dataclass
class Reference:
    """Decides everything anew from the whole history, by the words of the rule."""

    graph: Graph
    recorded: Choices = field(default_factory=dict)
    started: set[str] = field(default_factory=set)

    def ready(self) -> list[str]:
        return [
            node_id
            for node_id in self.graph.order
            if node_id not in self.recorded and node_id not in self.started and self._is_open(node_id)
        ]

    def skipped(self) -> set[str]:
        return {node_id for node_id in self.graph.reachable if self._is_dead(node_id)}

    def _is_open(self, node_id: str) -> bool:
        states = self._states(node_id)
        return "taken" in states and "undecided" not in states

    def _is_dead(self, node_id: str) -> bool:
        states = self._states(node_id)
        return bool(states) and node_id not in self.recorded and set(states) == {"dead"}

    def _states(self, node_id: str) -> list[str]:
        return [
            self._state(edge.source, edge.source_handle)
            for edge in self.graph.incoming[node_id]
            if edge.source in self.graph.reachable
        ]

    def _state(self, source: str, handle: str) -> str:
        if source in self.recorded:
            chosen = self.recorded[source]
            return "undecided" if chosen is None else "taken" if chosen == handle else "dead"
        return "dead" if self._is_dead(source) else "undecided"


@st.composite
def graphs(draws: st.DrawFn) -> Graph:
    """Forward edges only, over any handles; some nodes are reached by none."""
    names = ["t", *(f"n{number}" for number in range(draws(st.integers(1, 9))))]
    pairs = [(source, target) for place, source in enumerate(names) for target in names[place + 1 :]]
    chosen = draws(st.lists(st.tuples(st.sampled_from(pairs), st.sampled_from(FORK_HANDLES)), min_size=1, max_size=20))
    wired = {
        f"{source} > {target}" if source == "t" else f"{source}:{handle} > {target}"
        for (source, target), handle in chosen
    }
    return draw(*sorted(wired))


@st.composite
def choices(draws: st.DrawFn, graph: Graph) -> Choices:
    handles = st.sampled_from([*FORK_HANDLES, "default", "default", None])
    return {node_id: "default" if node_id == "t" else draws(handles) for node_id in graph.order}


def walk(data: st.DataObject, graph: Graph, ways: Mapping[str, str | None]) -> tuple[Frontier, list[str]]:
    """Run the graph as a worker would, some nodes at once, and return the order in which steps were recorded."""
    frontier, order = Frontier(graph), ["t"]
    frontier.record("t", "default")
    while not frontier.is_exhausted:
        startable, running = frontier.ready(), sorted(frontier.in_flight())
        picked = data.draw(st.sampled_from(startable + running))
        if picked in running:
            frontier.record(picked, ways[picked])
            order.append(picked)
        else:
            frontier.start(picked)
    return frontier, order


def state(frontier: Frontier) -> tuple[list[str], frozenset[str], frozenset[str], bool]:
    return frontier.ready(), frontier.in_flight(), frontier.skipped(), frontier.is_exhausted


@given(data=st.data(), graph=graphs())
def test_every_state_is_what_the_rule_says(data: st.DataObject, graph: Graph) -> None:
    ways = data.draw(choices(graph))
    frontier, reference = Frontier(graph), Reference(graph)
    frontier.record("t", "default")
    reference.recorded["t"] = "default"
    while not frontier.is_exhausted:
        assert frontier.ready() == reference.ready()
        assert frontier.skipped() == reference.skipped()
        assert frontier.in_flight() == reference.started
        picked = data.draw(st.sampled_from(frontier.ready() + sorted(frontier.in_flight())))
        if picked in reference.started:
            frontier.record(picked, ways[picked])
            reference.started.remove(picked)
            reference.recorded[picked] = ways[picked]
        else:
            frontier.start(picked)
            reference.started.add(picked)
    assert reference.ready() == []
    assert frontier.skipped() == reference.skipped()


@given(data=st.data(), graph=graphs())
def test_any_order_of_recording_runs_and_skips_the_same_nodes(data: st.DataObject, graph: Graph) -> None:
    ways = data.draw(choices(graph))
    first, first_order = walk(data, graph, ways)
    second, second_order = walk(data, graph, ways)

    assert set(first_order) == set(second_order)
    assert first.skipped() == second.skipped()


@given(data=st.data(), graph=graphs())
def test_each_reached_node_runs_once_or_is_skipped_unless_it_is_behind_a_failure(
    data: st.DataObject, graph: Graph
) -> None:
    ways = {node_id: way or "default" for node_id, way in data.draw(choices(graph)).items()}
    frontier, order = walk(data, graph, ways)

    assert len(order) == len(set(order))
    assert set(order) | frontier.skipped() == graph.reachable
    assert not set(order) & frontier.skipped()


@given(data=st.data(), graph=graphs())
def test_replaying_the_journal_gives_the_state_of_the_live_run(data: st.DataObject, graph: Graph) -> None:
    ways = data.draw(choices(graph))
    live = Frontier(graph)
    journal = [("t", ways["t"])]
    live.record("t", ways["t"])
    for _ in range(data.draw(st.integers(0, 6))):
        if not live.is_exhausted:
            picked = data.draw(st.sampled_from(live.ready() + sorted(live.in_flight())))
            if picked not in live.in_flight():
                live.start(picked)
            live.record(picked, ways[picked])
            journal.append((picked, ways[picked]))
    replayed = Frontier(graph)
    for node_id, handle in journal:
        replayed.record(node_id, handle)

    assert state(replayed) == state(live)
