import pytest

from app.core.json import JsonValue
from app.graph.outcome import Finish
from tests.factories.steps import StepContext, action, faults, outcome_of


async def finish(settings: dict[str, JsonValue], **roots: JsonValue) -> Finish:
    outcome = await outcome_of("terminate", settings, StepContext(roots))
    assert isinstance(outcome, Finish), outcome
    return outcome


def test_it_ends_the_run() -> None:
    node = action("terminate", {})

    assert node.ends_run
    assert node.handles() == ("default", "error")


async def test_a_run_ends_as_completed_unless_told_otherwise() -> None:
    assert await finish({}) == Finish(completed=True, output={}, message=None)


async def test_a_completed_run_has_no_error_message() -> None:
    outcome = await finish({"status": "completed", "message": "Nothing to do for {{ n1.name }}."}, n1={"name": "Ada"})

    assert outcome == Finish(completed=True, output={"message": "Nothing to do for Ada."}, message=None)


async def test_a_failed_run_shows_the_message() -> None:
    outcome = await finish({"status": "failed", "message": " No {{ n1.what }}. "}, n1={"what": "address"})

    assert outcome == Finish(completed=False, output={"message": " No address. "}, message="No address.")


@pytest.mark.parametrize("settings", [{}, {"message": None}, {"message": ""}, {"message": " {{ n1.nothing }} "}])
async def test_a_failed_run_without_a_message_names_the_node(settings: dict[str, JsonValue]) -> None:
    outcome = await finish({"status": "failed", **settings})

    assert outcome.message == "The node n1 ended the run as failed."


@pytest.mark.parametrize(
    ("output", "result"),
    [
        ({"id": "{{ n1.id }}", "list": ["{{ n1.id }}"]}, {"id": 7, "list": [7]}),
        ("{{ n1 }}", {"id": 7}),
        ("{{ n1.id }}", {"value": 7}),
        ("id {{ n1.id }}", {"value": "id 7"}),
        ([1], {"value": [1]}),
        (False, {"value": False}),
        ("{{ n1.nothing }}", {"value": None}),
    ],
)
async def test_the_result_is_any_json_within_an_object(output: JsonValue, result: JsonValue) -> None:
    assert (await finish({"output": output, "message": "m"}, n1={"id": 7})).output == result


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"status": "done"},
            {"status": "\"status\" must be 'completed' or 'failed'; it is the text \"done\"."},
        ),
        ({"message": []}, {"message": '"message" must be text, a number, true or false; it is a list.'}),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("terminate", settings) == expected
