import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue
from tests.factories.graphs import node
from tests.factories.judging import judged, text, trigger


def asked(**settings: JsonValue) -> JsonObject:
    return node("t", "sync_request_trigger", settings)


def delay(**settings: JsonValue) -> JsonObject:
    return node("d", "delay", {"duration": 1, "unit": "seconds", **settings})


def tried(max_attempts: int, delay_seconds: float, backoff: str) -> JsonObject:
    retry: JsonValue = {"max_attempts": max_attempts, "delay_seconds": delay_seconds, "backoff": backoff}
    return node("a", "text_transform", template="x", retry=retry)


def test_a_synchronous_workflow_whose_last_node_says_something_is_right() -> None:
    assert judged([asked(), text("a")], "t > a") == []


def test_a_node_that_waits_has_no_place_in_a_synchronous_workflow() -> None:
    message = "d waits, which no node of a synchronous workflow may: its caller is waiting too."

    assert judged([asked(), delay()], "t > d") == [Issue("nodes[1].data.componentId", message, "d")]


@pytest.mark.parametrize(
    ("retry", "longest"),
    [
        ((2, 5.5, "fixed"), "5.5"),
        ((2, 3600, "exponential"), "3600"),
        ((3, 3, "exponential"), "6"),
        ((10, 0.02, "exponential"), "5.12"),
    ],
)
def test_pauses_of_over_five_seconds_have_no_place_in_a_synchronous_workflow(
    retry: tuple[int, float, str], longest: str
) -> None:
    message = f"a pauses for up to {longest} seconds between attempts; in a synchronous workflow 5 are the most."

    assert judged([asked(), tried(*retry)], "t > a") == [Issue("nodes[1].data.retry", message, "a")]


@pytest.mark.parametrize(
    "retry",
    [
        (10, 5, "fixed"),
        (2, 5, "exponential"),
        (3, 2.5, "exponential"),
        (10, 0.019, "exponential"),
        (1, 3600, "fixed"),
        (1, 3600, "exponential"),
    ],
)
def test_shorter_pauses_and_those_that_never_come_are_right(retry: tuple[int, float, str]) -> None:
    assert judged([asked(), tried(*retry)], "t > a") == []


def test_all_that_keeps_the_caller_waiting_is_said_at_once() -> None:
    slow: JsonValue = {"max_attempts": 2, "delay_seconds": 6}
    found = judged([asked(), delay(retry=slow), tried(2, 6, "fixed")], "t > d", "d > a")

    assert [issue.path for issue in found] == [
        "nodes[1].data.componentId",
        "nodes[1].data.retry",
        "nodes[2].data.retry",
    ]


def test_who_is_not_waited_for_may_take_time() -> None:
    assert judged([trigger(), delay(), tried(10, 3600, "exponential")], "t > d", "d > a") == []


def test_a_synchronous_workflow_needs_a_node_that_responds() -> None:
    message = (
        "A synchronous workflow needs a node that responds: the last one does, or one with is_response."
        " Add a node behind the trigger, such as a text_transform."
    )

    assert judged([asked()]) == [Issue("nodes[0]", message, "t")]


def test_other_workflows_may_be_a_trigger_alone() -> None:
    assert judged([trigger()]) == []


def test_a_synchronous_trigger_whose_settings_are_wrong_is_waited_for_all_the_same() -> None:
    found = judged([asked(description=5), delay()], "t > d")

    assert [issue.path for issue in found] == ["nodes[0].data.description", "nodes[1].data.componentId"]


@pytest.mark.parametrize(("wait", "count"), [(True, 1), (False, 0)])
def test_another_workflow_may_be_called_but_not_waited_for(*, wait: bool, count: int) -> None:
    caller = node("c", "trigger_workflow", {"workflow_id": "fl_1", "wait": wait})

    assert len(judged([asked(), caller], "t > c")) == count
