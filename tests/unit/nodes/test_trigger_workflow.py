import pytest

from app.core.json import JsonValue
from app.graph.errors import TemporaryError
from app.graph.outcome import Call, Success
from app.nodes.trigger_workflow import static_callee
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of

ID = "fl_01kaq3v0c3s8y5b1f7f3q2d6te"
ENDED = {"run_id": "fl_run_1", "status": "completed", "output": {"text": "x"}, "error_message": None}


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        ({}, Call(ID, {}, waits=True)),
        ({"payload": None}, Call(ID, {}, waits=True)),
        ({"wait": False}, Call(ID, {}, waits=False)),
        ({"wait": True, "payload": {"a": 1}}, Call(ID, {"a": 1}, waits=True)),
        (
            {"payload": {"name": "{{ n0.name }}", "as": "{{ n0 }}"}},
            Call(ID, {"name": "Ada", "as": {"name": "Ada"}}, True),
        ),
        ({"payload": "{{ n0 }}"}, Call(ID, {"name": "Ada"}, waits=True)),
        ({"workflow_id": " {{ n0.name }}\n"}, Call("Ada", {}, waits=True)),
        ({"workflow_id": f" {ID} "}, Call(ID, {}, waits=True)),
    ],
)
async def test_a_step_asks_for_a_run_of_another_workflow(settings: dict[str, JsonValue], call: Call) -> None:
    context = StepContext({"n0": {"name": "Ada"}})

    assert await outcome_of("trigger_workflow", {"workflow_id": ID, **settings}, context) == call


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"workflow_id": "{{ n0.gone }}"}, '"workflow_id" came to nothing; it must be the id of the workflow to call.'),
        ({"payload": "{{ n0.gone }}"}, '"payload" must be an object, such as {"customer": "Ada"}; it is null.'),
        ({"payload": "{{ n0.list }}"}, '"payload" must be an object, such as {"customer": "Ada"}; it is a list.'),
        ({"payload": "{{ n0.list }}!"}, '"payload" must be an object, such as {"customer": "Ada"}; it is a text.'),
    ],
)
async def test_what_comes_to_no_call_fails_the_step(settings: dict[str, JsonValue], message: str) -> None:
    assert await failure_of("trigger_workflow", {"workflow_id": ID, **settings}, n0={"list": [1]}) == message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"workflow_id": '"workflow_id" is required.'}),
        ({"workflow_id": " "}, {"workflow_id": f'"workflow_id" must name the workflow to call, such as {ID}.'}),
        (
            {"workflow_id": ID, "payload": [1]},
            {"payload": '"payload" must be an object, such as {"customer": "Ada"}; it is a list.'},
        ),
        (
            {"workflow_id": ID, "payload": "x"},
            {"payload": '"payload" must be an object, such as {"customer": "Ada"}; it is a text.'},
        ),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("trigger_workflow", settings) == expected


@pytest.mark.parametrize("settings", [{"workflow_id": {}}, {"workflow_id": ID, "wait": "perhaps"}])
def test_settings_of_the_wrong_kind_are_refused(settings: dict[str, JsonValue]) -> None:
    assert len(faults("trigger_workflow", settings)) == 1


async def test_the_result_of_the_called_workflow_is_the_steps_own() -> None:
    outcome = await action("trigger_workflow", {"workflow_id": ID}).resume(StepContext(), ENDED)

    assert outcome == Success({"run_id": "fl_run_1", "status": "completed", "output": {"text": "x"}})


@pytest.mark.parametrize(("reason", "said"), [("No stock.", "No stock."), (None, "it does not say why.")])
async def test_a_failed_run_fails_the_step_and_may_be_tried_again(reason: str | None, said: str) -> None:
    failed = {**ENDED, "status": "failed", "error_message": reason, "output": None}

    with pytest.raises(TemporaryError) as caught:
        await action("trigger_workflow", {"workflow_id": ID}).resume(StepContext(), failed)

    assert caught.value.message == f"The called workflow's run fl_run_1 failed: {said}"
    assert caught.value.output == {"run_id": "fl_run_1", "status": "failed", "output": None}


@pytest.mark.parametrize(("wait", "parks"), [(True, True), (False, False)])
def test_only_who_waits_gives_the_run_up(*, wait: bool, parks: bool) -> None:
    assert action("trigger_workflow", {"workflow_id": ID, "wait": wait}).parks is parks


@pytest.mark.parametrize(
    ("workflow_id", "callee"),
    [(f" {ID} ", ID), ("{{ trigger.id }}", None), (5, "5"), (" ", None), (None, None), ([], None)],
)
def test_whom_it_calls_is_known_where_no_template_says_it(workflow_id: JsonValue, callee: str | None) -> None:
    assert static_callee({"workflow_id": workflow_id}) == callee
