"""The examples of components run, and come to what their descriptions say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.examples.files import Workflow, settings_of
from tests.examples.stage import Run, Stage, output, steps


@dataclass(frozen=True)
class Play:
    """What a run of an example is started with, which nodes run, and what some of them put out."""

    component: str
    path: str
    context: Mapping[str, Any] = field(default_factory=dict)
    shows: Mapping[str, Any] = field(default_factory=dict)
    status: str = "completed"

    @property
    def name(self) -> str:
        return f"{self.component} {self.path}"


PLAYS = (
    Play("manual_trigger", "start hello", {"name": "Ada"}, {"hello.text": "Hello Ada!"}),
    Play("manual_trigger", "start hello", {}, {"hello.text": "Hello stranger!"}),
    Play("delay", "start pause after"),
    Play("terminate", "start any accepted", {"order_id": 7, "items": ["a"]}, {"accepted.items": ["a"]}),
    Play("terminate", "start any refused", {"order_id": 7, "items": []}, status="failed"),
    Play("data_mapper", "start contact", {"first_name": "Ada"}, {"contact.name": {"first": "Ada", "last": "unknown"}}),
    Play("json_parser", "start order", {}, {"order.skus": ["a", "b"], "order.id": 9_007_199_254_740_993}),
    Play("json_parser", "start order", {"order": '{"lines": []}'}, {"order.skus": [], "order.id": None}),
    Play("text_transform", "start json use", {"user_id": 7}, {"use.text": "Written for 7."}),
    Play("string_transform", "start name code", {}, {"name.result": "q1-report-grosse-and-gewicht.pdf"}),
    Play("date_transform", "start ends left", {}, {"left.result": 14}),
    Play("array_filter", "start large told", {"orders": [{"status": "open", "total": 101}]}, {"large.count": 1}),
    Play("validate", "start order no", {"order": {}}, {"order.valid": False}),
    Play(
        "validate",
        "start order yes",
        {"order": {"customer": {"email": "a@example.com", "name": "Ada"}, "items": [{"sku": "a", "count": 1}]}},
    ),
    Play("get_ip_details", "start address public from_inside", {"ip": "10.0.0.1"}),
    Play(
        "get_ip_details",
        "start address public from_outside",
        {"ip": "9.9.9.9"},
        {"from_outside.text": "9.9.9.9 is in Germany."},
    ),
    Play("string_condition", "start own welcome", {"email": "ada@EXAMPLE.org"}),
    Play("string_condition", "start own guest", {"email": "ada@example.net"}),
    Play("number_condition", "start total free", {"total": "100"}),
    Play("number_condition", "start total paid", {"total": 501}),
    Play("number_condition", "start total wrong", {"total": "much"}),
    Play("boolean_condition", "start new gift end", {"is_new": True}, {"end.text": "With a gift."}),
    Play("boolean_condition", "start new usual end", {"is_new": "no"}, {"end.text": "As usual."}),
    Play("date_condition", "start due no", {"due": "2020-01-01"}),
    Play("date_condition", "start due yes", {"due": "now"}),
    Play("array_condition", "start large yes", {"orders": [{"total": 1}, {"total": 101}]}),
    Play("array_condition", "start large no", {"orders": []}),
    Play("logical_group_condition", "start may_ship yes", {"status": "paid", "total": 500, "is_checked": True}),
    Play("logical_group_condition", "start may_ship no", {"status": "paid", "total": 500, "is_checked": False}),
    Play("switch_condition", "start plan limits", {"plan": "free"}),
    Play("switch_condition", "start plan unlimited", {"plan": "pro"}),
    Play("switch_condition", "start plan unknown", {"plan": "gold"}, status="failed"),
    Play(
        "iterator",
        "start hello everybody count",
        {"people": [{"name": "Ada"}]},
        {"count.greetings": ["0: Hello, Ada!"], "count.greeted": 1},
    ),
)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
async def test_an_example_goes_its_way(stage: Stage, play: Play) -> None:
    run = await stage.executed(await stage.save(play.component), play.context)
    shown = {name: output(run, name.partition(".")[0])[name.partition(".")[2]] for name in play.shows}
    assert (run["status"], " ".join(steps(run))) == (play.status, play.path), run["error_message"]
    assert shown == play.shows


async def by_schedule(stage: Stage, saved: Workflow) -> Run:
    return await stage.ended(await stage.ticked(saved))


async def by_webhook(stage: Stage, saved: Workflow) -> Run:
    return await stage.hooked(saved, {"id": 7, "total": 12.5})


async def by_event(stage: Stage, saved: Workflow) -> Run:
    assert saved["is_active"]
    site = {"name": "Lisbon", "since": "noon", "at": "noon", "priority": 1, "region": "eu", "tags": []}
    return await stage.ended(*await stage.happened("site.offline", **site))


@pytest.mark.parametrize(
    ("component", "start", "node", "said"),
    [
        ("scheduled_trigger", by_schedule, "report", "Report of "),
        ("webhook_trigger", by_webhook, "kept", {"order": {"id": 7, "total": 12.5}}),
        ("event_trigger", by_event, "sentence", "Lisbon is offline since noon."),
        ("send_notification", by_event, "done", "Told ops."),
    ],
)
async def test_an_example_starts_by_its_trigger(
    stage: Stage, component: str, start: Callable[[Stage, Workflow], Any], node: str, said: object
) -> None:
    run = await start(stage, await stage.save(component))
    shown = output(run, node)
    assert run["status"] == "completed"
    assert shown == said if isinstance(said, dict) else shown["text"].startswith(said)


async def test_events_of_less_important_sites_start_nothing(stage: Stage) -> None:
    await stage.save("event_trigger")
    assert await stage.happened("site.offline", priority=3, region="eu", tags=[]) == []


async def test_a_synchronous_example_answers(stage: Stage) -> None:
    saved = await stage.save("sync_request_trigger")
    status, answer = await stage.asked(saved, {"item": "tea", "count": 2})
    assert (status, answer) == (200, {"item": "tea", "total": 25.0})


@pytest.mark.parametrize(
    ("component", "payload", "shown"),
    [
        ("workflow_trigger", {"customer": "Ada"}, "Dear Ada,"),
        ("subflow_trigger", {"id": 7, "quantity": 2, "price": 2.5}, {"order": 7, "total": 5.0}),
    ],
)
async def test_an_example_that_others_call_is_called(
    stage: Stage, component: str, payload: dict[str, Any], shown: object
) -> None:
    called = await stage.save(component)
    caller = await stage.save("trigger_workflow", _passing_on)
    run = await stage.executed(caller, {"workflow_id": called["id"], "given": payload})
    result = output(run, "greet")["output"]
    assert run["status"] == "completed", run["error_message"]
    assert shown in (result, result.get("text"))


def _passing_on(workflow: Workflow) -> None:
    [call] = settings_of(workflow, "trigger_workflow")
    call["payload"] = "{{ start.given }}"


async def test_a_caller_goes_on_with_the_answer(stage: Stage) -> None:
    called = await stage.save("workflow_trigger")
    run = await stage.executed(await stage.save("trigger_workflow"), {"workflow_id": called["id"], "customer": "Ada"})
    assert output(run, "answer")["text"].startswith("Dear Ada, Run fl_run_")


@pytest.mark.parametrize(("button", "path"), [("approve", "ordered"), ("reject", "rejected")])
async def test_a_form_goes_on_by_its_button(stage: Stage, button: str, path: str) -> None:
    saved = await stage.save("interactive_form")
    run_id = await stage.started(saved, {"item": "a router", "price": 480})
    [url] = (await stage.parked(run_id)).values()
    await stage.answered(url, button, quantity=2, delivery="office", budget=True)
    run = await stage.ended(run_id)
    assert (run["status"], steps(run)[-1]) == ("completed", path)


async def test_a_form_that_nobody_answers_goes_on_too(stage: Stage) -> None:
    saved = await stage.save("interactive_form")
    run_id = await stage.started(saved, {"item": "a router", "price": 480})
    await stage.parked(run_id)
    await stage.expired(run_id)
    assert steps(await stage.ended(run_id))[-1] == "forgotten"
