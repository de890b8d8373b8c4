"""What a worker does with iterators that another one had begun, or it itself before the run parked."""

import pytest

from app.core.config import LimitSettings
from app.core.json import JsonObject, JsonValue
from tests.factories.graphs import edge, edges, node
from tests.worker.simulated import Came, simulate

OK, ERROR = ("success", "default"), ("error", None)


def work(node_id: str, *plan: str, **settings: JsonValue) -> JsonObject:
    return node(node_id, "work", {"plan": list(plan) or ["default"], **settings})


def loop(node_id: str, items: int, **settings: JsonValue) -> JsonObject:
    return node(node_id, "iterator", {"array": list(range(items)), **settings})


def ran(
    *drawn: str, nodes: list[JsonObject], deaths: tuple[int, ...] = (), limits: LimitSettings | None = None
) -> Came:
    return simulate([node("t", "start"), *nodes], edges(*drawn), deaths=deaths, limits=limits)


def of(came: Came, node_id: str) -> dict[str, tuple[str, str | None]]:
    """Return by path what the steps of a node came to."""
    return {path: (str(came_to[0]), came_to[1]) for (path, found), came_to in came.counted.items() if found == node_id}


def test_an_item_that_has_nothing_but_a_wait_goes_on_from_it() -> None:
    nodes = [loop("l", 3, mode="parallel"), work("w", "nap", effect=True)]
    came = ran("t > l", "l:item > w", nodes=nodes)
    assert [attempt.key for attempt in came.attempts] == [f"fl_run_1:l.{index}:w" for index in range(3)]
    assert of(came, "w") == {"l.0": OK, "l.1": OK, "l.2": OK}


def test_items_that_wait_are_finished_after_another_has_stopped_the_iterator() -> None:
    nodes = [loop("l", 5, mode="parallel", concurrency=3), work("w", "fail", "nap", "nap"), work("v")]
    came = ran("t > l", "l:item > w", "w > v", nodes=nodes)
    assert of(came, "w") == {"l.0": ERROR, "l.1": OK, "l.2": OK}
    assert of(came, "v") == {"l.1": OK, "l.2": OK}
    assert came.end.error_message == "Item 0 failed: It failed."


@pytest.mark.parametrize("dies", range(8))
def test_an_item_that_stopped_the_iterator_still_does_after_a_death(dies: int) -> None:
    nodes = [loop("l", 5, mode="parallel", concurrency=3), work("w", "fail", "nap", "nap", effect=True), work("v")]
    came = ran("t > l", "l:item > w", "w > v", nodes=nodes, deaths=(dies,))
    assert came.end.error_message == "Item 0 failed: It failed."
    assert of(came, "l") == {"": ERROR}


@pytest.mark.parametrize("plan", [["nap"], ["default", "nap"]])
def test_an_inner_iterator_of_an_item_that_has_failed_is_finished(plan: list[str]) -> None:
    nodes = [
        loop("o", 1, on_item_error="continue"),
        loop("i", 2, mode="parallel"),
        work("w", *plan),
        work("bad", "fail"),
    ]
    came = ran("t > o", "o:item > i", "o:item > bad", "i:item > w", nodes=nodes)
    assert of(came, "w") == {"o.0.i.0": OK, "o.0.i.1": OK}
    assert of(came, "i") == {"o.0": ("success", "done")}
    assert came.output("", "o")["errors"] == [{"index": 0, "message": "It failed."}]


def test_a_wait_of_an_item_that_has_failed_holds_nothing_up_for_longer_than_it_lasts() -> None:
    nodes = [loop("l", 2, on_item_error="continue"), work("w", "doze"), work("bad", "fail", "default"), work("behind")]
    came = ran("t > l", "l:item > w", "l:item > bad", "w > behind", nodes=nodes)
    assert of(came, "w") == {"l.0": OK, "l.1": OK}
    assert of(came, "behind") == {"l.1": OK}
    assert len(came.parks) == 2


def test_a_failed_attempt_is_repeated_after_parking_in_the_items_that_it_failed_in() -> None:
    retry: JsonObject = {"max_attempts": 3, "delay_seconds": 60, "backoff": "exponential"}
    nodes = [loop("l", 4, mode="parallel"), work("w", "flaky", "default", effect=True, retry=retry)]
    came = ran("t > l", "l:item > w", nodes=nodes)
    assert sorted((one.key[-3:], one.number) for one in came.attempts) == [
        *[("0:w", 1), ("0:w", 2), ("1:w", 1)],
        *[("2:w", 1), ("2:w", 2), ("3:w", 1)],
    ]


def test_an_error_edge_back_to_the_iterator_ends_the_item_without_a_failure() -> None:
    nodes = [loop("l", 2), work("w", "fail", "default")]
    came = ran("t > l", "l:item > w", "w:error > l", nodes=nodes)
    assert came.output("", "l") == {
        "count": 2,
        "items": [{"error": {"message": "It failed."}}, {"at": "l.1:w"}],
        "errors": [],
    }


def test_items_of_which_nothing_came_are_all_read() -> None:
    read = node("r", "data_mapper", mappings=[{"key": "all", "value": "{{ l.items }}"}])
    nodes = [loop("l", 30, on_item_error="continue"), work("w", "fail"), read]
    came = ran("t > l", "l:item > w", "l:done > r", nodes=nodes)
    assert came.output("", "r") == {"all": [None] * 30}


def test_the_items_of_all_iterators_together_are_bounded_but_each_has_one() -> None:
    loops = [loop(name, 4, mode="parallel") for name in ("a", "b")]
    inner = [loop(f"{name}i", 3, mode="parallel") for name in ("a", "b")]
    naps = [work(f"{name}w", "nap") for name in ("a", "b")]
    ways = [way for name in ("a", "b") for way in (f"t > {name}", f"{name}:item > {name}i", f"{name}i:item > {name}w")]
    came = ran(*ways, nodes=[*loops, *inner, *naps], limits=LimitSettings(concurrent_items=3))
    assert came.end.status == "completed"
    assert (len(of(came, "aw")), len(of(came, "bw"))) == (12, 12)
    assert max(park.waits for park in came.parks) == 4


def test_a_path_starts_no_more_nodes_at_a_time_than_it_may_whatever_other_paths_do() -> None:
    nodes = [loop("l", 2, mode="parallel"), *(work(f"w{number}", effect=True) for number in range(4))]
    ways = [f"l:item > w{number}" for number in range(4)]
    came = ran("t > l", *ways, nodes=nodes, limits=LimitSettings(concurrent_nodes=2))
    begun = [one.key.removeprefix("fl_run_1:") for one in came.attempts]
    assert sorted(begun[:4]) == ["l.0:w0", "l.0:w1", "l.1:w0", "l.1:w1"]
    assert len(begun) == 8


def test_a_thousand_items_without_a_body_are_done_at_once() -> None:
    came = ran("t > l", "l:done > w", nodes=[loop("l", 1000), work("w")])
    assert came.output("", "l") == {"count": 1000, "items": [None] * 20, "errors": []}
    assert of(came, "w") == {"": OK}


def test_an_entry_that_a_branch_leads_to_as_well_runs_whichever_way_that_takes() -> None:
    nodes = [loop("l", 2), work("fork", "a", "default"), work("both")]
    drawn = [*edges("t > l", "l:item > fork", "l:item > both"), edge("fork", "both", "a")]
    came = simulate([node("t", "start"), *nodes], drawn)
    assert of(came, "both") == {"l.0": OK, "l.1": OK}
