"""The chains of calls that would close a circle: found where there is one, none shorter, each call a real one."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.workflows.call_graph import Named, WaysBack

names = st.sampled_from("abcdefgh")
graphs = st.dictionaries(names, st.sets(names))


def drawn(calls: Mapping[str, set[str]]) -> dict[str, list[Named]]:
    return {caller: [named(callee) for callee in sorted(callees)] for caller, callees in calls.items()}


def named(workflow: str) -> Named:
    return Named(workflow, workflow.upper())


def distance(calls: Mapping[str, set[str]], start: str, home: str) -> int | None:
    """Return how many calls lie between two workflows at least."""
    reached, steps = {start}, 0
    while home not in reached:
        further = reached.union(*(calls.get(one, ()) for one in reached))
        if further == reached:
            return None
        reached, steps = further, steps + 1
    return steps


@given(calls=graphs, start=names, home=names)
def test_the_chain_is_one_of_the_shortest(calls: dict[str, set[str]], start: str, home: str) -> None:
    chain = WaysBack(home, drawn(calls)).chain(named(start))
    steps = distance(calls, start, home)
    if chain is None:
        assert steps is None
        return
    ids = [one.id for one in chain]
    assert (ids[0], ids[-1], len(ids) - 1) == (start, home, steps)
    assert all(later in calls[earlier] for earlier, later in pairwise(ids))
    assert chain == [named(one) for one in ids]


def test_very_many_calls_are_looked_at_once() -> None:
    layers = [[f"{layer}.{place}" for place in range(100)] for layer in range(20)]
    calls = {caller: set(below) for above, below in pairwise(layers) for caller in above}
    ways = WaysBack("19.0", drawn(calls))
    assert [len(ways.chain(named(start)) or ()) for start in layers[0]] == [20] * 100
