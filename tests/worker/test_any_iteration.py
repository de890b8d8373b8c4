"""Any workflow with iterators comes to what the rules say, whenever its workers die and however often it parks."""

from collections.abc import Mapping
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.runs.states import RunStatus
from tests.worker.any_loops import Scope, drawn, expected, workflows
from tests.worker.simulated import Came, simulate

DEATHS = st.lists(st.integers(0, 12), max_size=3)
ANY = settings(max_examples=60, deadline=None)


def check(came: Came, scope: Scope) -> None:
    """Compare what a run came to with what the rules say."""
    wanted, fails = expected(scope)
    assert came.end.status == (RunStatus.FAILED if fails else RunStatus.COMPLETED), came.end.error_message
    assert came.counted == wanted.steps
    for (path, reader), results in wanted.items.items():
        if (path, reader) in came.counted:
            items = cast("list[JsonValue]", came.output(path, reader)["all"])
            assert all(named(item) in may_be for item, may_be in zip(items, results, strict=True))


def named(item: JsonValue) -> JsonValue:
    """Name the result of an item as expectations do."""
    if not isinstance(item, Mapping):
        return item
    return item.get("at", "failed" if "error" in item else "read")


def repeats_itself(came: Came) -> bool:
    """Say whether each attempt with an effect was made at one and the same `now`, however often it was made."""
    return all(len(moments) == 1 for moments in came.moments.values())


@ANY
@given(scope=workflows(forks=False), deaths=DEATHS)
def test_where_one_node_runs_at_a_time_failures_end_items_as_the_rules_say(scope: Scope, deaths: list[int]) -> None:
    came = simulate(*drawn(scope), deaths=deaths)
    check(came, scope)
    assert repeats_itself(came)


@ANY
@given(scope=workflows(forks=True), deaths=DEATHS)
def test_where_ways_fork_and_join_each_item_runs_the_nodes_that_the_rules_say(scope: Scope, deaths: list[int]) -> None:
    came = simulate(*drawn(scope), deaths=deaths)
    check(came, scope)
    assert repeats_itself(came)


@ANY
@given(scope=workflows(forks=False, racing=True), deaths=DEATHS)
def test_where_a_failure_stops_items_that_race_the_run_ends_and_repeats_nothing(
    scope: Scope, deaths: list[int]
) -> None:
    came = simulate(*drawn(scope), deaths=deaths)
    assert not (came.end.error_message or "").startswith("The run failed inside")
    assert repeats_itself(came)
