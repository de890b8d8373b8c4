from app.core.json import JsonObject
from app.graph.outcome import Failure, Success
from app.graph.settle import Settled, StepStatus, failure_output, way_on
from tests.factories.graphs import draw, node

FAILURE = Failure("It broke.", {"status": 503})
OUTPUT: JsonObject = {"status": 503, "error": {"message": "It broke."}}


def test_a_success_goes_on_by_its_handle() -> None:
    settled = way_on(draw("t > a"), "a", Success({"x": 1}, "b"))

    assert settled == Settled("b", {"x": 1}, StepStatus.SUCCESS)


def test_a_success_takes_no_error_edge() -> None:
    assert way_on(draw("t > a", "a:error > b"), "a", Success({})).handle == "default"


def test_a_failure_takes_the_error_edge() -> None:
    assert way_on(draw("t > a", "a:error > b"), "a", FAILURE) == Settled("error", OUTPUT, StepStatus.ERROR)


def test_the_error_edge_comes_before_continue_on_error() -> None:
    graph = draw("t > a", "a:error > b", "a > c", a=node("a", continue_on_error=True))

    assert way_on(graph, "a", FAILURE).handle == "error"


def test_a_failure_goes_on_as_after_a_success_where_the_node_says_so() -> None:
    graph = draw("t > a", "a > b", a=node("a", continue_on_error=True))

    assert way_on(graph, "a", FAILURE) == Settled("default", OUTPUT, StepStatus.ERROR)


def test_a_failure_without_a_way_on_has_no_handle() -> None:
    assert way_on(draw("t > a", "a > b"), "a", FAILURE) == Settled(None, OUTPUT, StepStatus.ERROR)


def test_an_error_edge_into_a_node_is_no_way_on() -> None:
    assert way_on(draw("t > a", "t > b", "b:error > a"), "a", FAILURE).handle is None


def test_a_trigger_has_no_way_on_after_a_failure() -> None:
    assert way_on(draw("t > a"), "t", FAILURE).handle is None


def test_the_message_of_a_failure_wins_over_what_the_node_called_error() -> None:
    assert failure_output(Failure("It broke.", {"error": "mine"})) == {"error": {"message": "It broke."}}


def test_the_words_of_the_log_are_fixed() -> None:
    assert [status.value for status in StepStatus] == ["success", "error", "warning"]
