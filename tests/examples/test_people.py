"""Examples in which people decide: what they are asked, what becomes of it, and what if nobody answers."""

import pytest

from tests.examples.files import Workflow
from tests.examples.outside import says
from tests.examples.stage import Run, Stage, sent_with, steps
from tests.factories.mail import received

REQUEST = {"item": "a router", "price": 480, "quantity": 2, "requester": "ada@example.com"}
ORDER = "POST erp.example.com/api/purchase-orders"


@pytest.fixture
async def link(stage: Stage) -> Workflow:
    """Return the workflow that others call to have their form's link sent."""
    return await stage.save("form_link")


async def linked(stage: Stage, link: Workflow, run_id: str, number: int = 1) -> Run:
    """Let the link of a run's form be sent, which asks the API about the run, and return the run that did it."""
    child = await stage.child(link, number)
    stage.outside.on(f"GET virga.example.com/workflows/runs/{run_id}", says(await stage.run(run_id)))
    return await stage.ended(child)


async def asked(stage: Stage) -> str:
    """Return a run that waits for the approval of a purchase."""
    saved = await stage.save("purchase_approval")
    return await stage.started(saved, REQUEST)


async def test_a_small_purchase_is_ordered_at_once(stage: Stage, link: Workflow) -> None:
    saved = await stage.save("purchase_approval")
    run = await stage.executed(saved, {**REQUEST, "price": 4.5})
    [order] = stage.outside.to(ORDER)
    assert steps(run) == ["request", "small", "order"]
    assert order.body == {"item": "a router", "price": 4.5, "quantity": 2, "requester": "ada@example.com"}
    assert stage.outside.told() == []
    assert link["is_active"]


async def test_an_approved_purchase_is_ordered_as_the_form_says(stage: Stage, link: Workflow) -> None:
    run_id = await asked(stage)
    [url] = (await stage.parked(run_id)).values()
    told = await linked(stage, link, run_id)
    await stage.answered(url, "approve", quantity=1)
    run = await stage.ended(run_id)
    [order] = stage.outside.to(ORDER)
    assert (told["status"], run["status"]) == ("completed", "completed")
    assert stage.outside.told() == [("purchasing", f"Please decide: a router\n\nada@example.com asks for it.\n{url}")]
    assert order.body["quantity"] == 1
    assert stage.outside.heard[0].headers["authorization"] == sent_with("virga_key")


async def test_a_rejected_purchase_is_answered_with_the_reason(stage: Stage, link: Workflow) -> None:
    run_id = await asked(stage)
    [url] = (await stage.parked(run_id)).values()
    await stage.answered(url, "reject", quantity=2, decline=True, reason="We have one.")
    run = await stage.ended(run_id)
    [letter] = map(received, stage.mail.messages)
    assert (run["status"], stage.outside.to(ORDER)) == ("completed", [])
    assert (letter["To"], letter["Subject"]) == ("ada@example.com", "a router was not approved")
    assert letter.get_content().strip() == "We have one."
    assert link["is_active"]


async def test_an_undecided_purchase_is_asked_for_again(stage: Stage, link: Workflow) -> None:
    run_id = await asked(stage)
    await stage.parked(run_id)
    await linked(stage, link, run_id)
    await stage.expired(run_id)
    await stage.child(link, 2)
    [(node, url)] = (await stage.parked(run_id)).items()
    await linked(stage, link, run_id, 2)
    await stage.answered(url, "approve", quantity=3)
    run = await stage.ended(run_id)
    [order] = stage.outside.to(ORDER)
    assert (node, order.body["quantity"], run["status"]) == ("ask_again", 3, "completed")
    assert [text.partition("\n")[0] for _, text in stage.outside.told()] == [
        "Please decide: a router",
        "Still undecided: a router",
    ]


async def test_a_purchase_may_be_rejected_after_the_reminder(stage: Stage, link: Workflow) -> None:
    run_id = await asked(stage)
    await stage.parked(run_id)
    await stage.expired(run_id)
    await stage.child(link, 2)
    [url] = (await stage.parked(run_id)).values()
    await stage.answered(url, "reject", quantity=2)
    run = await stage.ended(run_id)
    [letter] = map(received, stage.mail.messages)
    assert (run["status"], stage.outside.to(ORDER)) == ("completed", [])
    assert letter.get_content().strip() == "No reason was given."


async def test_a_purchase_that_nobody_decides_about_fails(stage: Stage, link: Workflow) -> None:
    run_id = await asked(stage)
    for node in ("ask", "ask_again"):
        await stage.world.holds(
            "SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND node_id = :node", id=run_id, node=node
        )
        await stage.parked(run_id)
        await stage.expired(run_id)
    run = await stage.ended(run_id)
    assert (run["status"], run["error_message"]) == ("failed", "Nobody has decided about a router.")
    assert stage.outside.to(ORDER) == []
    assert link["is_active"]


async def test_a_link_of_a_form_that_is_not_there_is_not_sent(stage: Stage, link: Workflow) -> None:
    saved = await stage.save("purchase_approval")
    over = await stage.executed(saved, {**REQUEST, "price": 1})
    stage.outside.on(f"GET virga.example.com/workflows/runs/{over['id']}", says(await stage.run(over["id"])))
    caller = await stage.api.created(_calling(link["id"], over["id"]))
    run_id = await stage.started(caller, {})
    run = await stage.ended(run_id, await stage.child(link))
    assert run["status"] == "failed"
    assert f"Run {over['id']} waits for no form; it is completed." in run["error_message"]


def _calling(workflow_id: str, run_id: str) -> dict[str, object]:
    payload = {"run_id": run_id, "channel": "purchasing", "subject": "Please"}
    call = {"componentId": "trigger_workflow", "workflow_id": workflow_id, "payload": payload}
    nodes = [{"id": "t", "data": {"componentId": "manual_trigger"}}, {"id": "c", "data": call}]
    return {"name": "Test", "nodes": nodes, "edges": [{"id": "e", "source": "t", "target": "c"}]}


INCIDENT = {"id": 4711, "title": "The shop is down", "text": "502 since 10:00"}
TICKET = "PATCH tickets.example.com/api/issues/4711"


async def test_the_first_line_takes_an_incident(stage: Stage, link: Workflow) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    [url] = (await stage.parked(run_id)).values()
    await linked(stage, link, run_id)
    await stage.answered(url, "take", who="Ada", note="The database?")
    run = await stage.ended(run_id)
    [ticket] = stage.outside.to(TICKET)
    assert (run["status"], [channel for channel, _ in stage.outside.told()]) == ("completed", ["firstline"])
    assert ticket.body == {"assignee": "Ada", "note": "The database?", "line": "1"}


async def test_an_incident_that_nobody_takes_climbs(stage: Stage, link: Workflow) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    await stage.parked(run_id)
    await linked(stage, link, run_id)
    await stage.expired(run_id)
    await stage.child(link, 2)
    [url] = (await stage.parked(run_id)).values()
    await linked(stage, link, run_id, 2)
    await stage.answered(url, "take", who="Bob")
    await stage.ended(run_id)
    [ticket] = stage.outside.to(TICKET)
    assert [channel for channel, _ in stage.outside.told()] == ["firstline", "secondline"]
    assert (ticket.body["assignee"], ticket.body["line"]) == ("Bob", "2")


async def test_the_manager_is_told_of_an_incident_that_nobody_takes_at_all(stage: Stage, link: Workflow) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    for node in ("first", "second"):
        await stage.world.holds(
            "SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND node_id = :node", id=run_id, node=node
        )
        await stage.parked(run_id)
        await stage.expired(run_id)
    run = await stage.ended(run_id)
    assert (run["status"], run["error_message"]) == ("failed", "Nobody has taken incident 4711.")
    assert [channel for channel, _ in stage.outside.told()] == ["managers"]
    assert (stage.outside.to(TICKET), link["is_active"]) == ([], True)
