"""Examples in which people decide: what they are asked, what becomes of it, and what if nobody answers."""

from tests.examples.stage import Stage, steps
from tests.factories.mail import received

REQUEST = {"item": "a router", "price": 480, "quantity": 2, "requester": "ada@example.com"}
ORDER = "POST erp.example.com/api/purchase-orders"


async def link_of(stage: Stage, run_id: str, node: str) -> str:
    """Wait until a run waits for the form of a node, and return its address, as it was told last."""
    await stage.world.holds(
        "SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND node_id = :node", id=run_id, node=node
    )
    url = (await stage.parked(run_id))[node]
    assert stage.outside.told()[-1][1].endswith(f"\n{url}")
    return url


async def asked(stage: Stage) -> str:
    """Return a run that waits for the approval of a purchase."""
    saved = await stage.save("purchase_approval")
    return await stage.started(saved, REQUEST)


async def test_a_small_purchase_is_ordered_at_once(stage: Stage) -> None:
    saved = await stage.save("purchase_approval")
    run = await stage.executed(saved, {**REQUEST, "price": 4.5})
    [order] = stage.outside.to(ORDER)
    assert steps(run) == ["request", "small", "order"]
    assert order.body == {"item": "a router", "price": 4.5, "quantity": 2, "requester": "ada@example.com"}
    assert stage.outside.told() == []


async def test_an_approved_purchase_is_ordered_as_the_form_says(stage: Stage) -> None:
    run_id = await asked(stage)
    url = await link_of(stage, run_id, "ask")
    await stage.answered(url, "approve", quantity=1)
    run = await stage.ended(run_id)
    [order] = stage.outside.to(ORDER)
    assert run["status"] == "completed"
    assert stage.outside.told() == [("purchasing", f"Please decide: a router\n\nada@example.com asks for it.\n{url}")]
    assert order.body["quantity"] == 1


async def test_a_rejected_purchase_is_answered_with_the_reason(stage: Stage) -> None:
    run_id = await asked(stage)
    url = await link_of(stage, run_id, "ask")
    await stage.answered(url, "reject", quantity=2, decline=True, reason="We have one.")
    run = await stage.ended(run_id)
    [letter] = map(received, stage.mail.messages)
    assert (run["status"], stage.outside.to(ORDER)) == ("completed", [])
    assert (letter["To"], letter["Subject"]) == ("ada@example.com", "a router was not approved")
    assert letter.get_content().strip() == "We have one."


async def test_an_undecided_purchase_is_asked_for_again(stage: Stage) -> None:
    run_id = await asked(stage)
    await link_of(stage, run_id, "ask")
    await stage.expired(run_id)
    url = await link_of(stage, run_id, "ask_again")
    await stage.answered(url, "approve", quantity=3)
    run = await stage.ended(run_id)
    [order] = stage.outside.to(ORDER)
    assert (order.body["quantity"], run["status"]) == (3, "completed")
    assert [text.partition("\n")[0] for _, text in stage.outside.told()] == [
        "Please decide: a router",
        "Still undecided: a router",
    ]


async def test_a_purchase_may_be_rejected_after_the_reminder(stage: Stage) -> None:
    run_id = await asked(stage)
    await link_of(stage, run_id, "ask")
    await stage.expired(run_id)
    url = await link_of(stage, run_id, "ask_again")
    await stage.answered(url, "reject", quantity=2)
    run = await stage.ended(run_id)
    [letter] = map(received, stage.mail.messages)
    assert (run["status"], stage.outside.to(ORDER)) == ("completed", [])
    assert letter.get_content().strip() == "No reason was given."


async def test_a_purchase_that_nobody_decides_about_fails(stage: Stage) -> None:
    run_id = await asked(stage)
    for node in ("ask", "ask_again"):
        await link_of(stage, run_id, node)
        await stage.expired(run_id)
    run = await stage.ended(run_id)
    assert (run["status"], run["error_message"]) == ("failed", "Nobody has decided about a router.")
    assert stage.outside.to(ORDER) == []


INCIDENT = {"id": 4711, "title": "The shop is down", "text": "502 since 10:00"}
TICKET = "PATCH tickets.example.com/api/issues/4711"


async def test_the_first_line_takes_an_incident(stage: Stage) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    url = await link_of(stage, run_id, "first")
    await stage.answered(url, "take", who="Ada", note="The database?")
    run = await stage.ended(run_id)
    [ticket] = stage.outside.to(TICKET)
    assert (run["status"], [channel for channel, _ in stage.outside.told()]) == ("completed", ["firstline"])
    assert ticket.body == {"assignee": "Ada", "note": "The database?", "line": "1"}


async def test_an_incident_that_nobody_takes_climbs(stage: Stage) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    await link_of(stage, run_id, "first")
    await stage.expired(run_id)
    url = await link_of(stage, run_id, "second")
    await stage.answered(url, "take", who="Bob")
    await stage.ended(run_id)
    [ticket] = stage.outside.to(TICKET)
    assert [channel for channel, _ in stage.outside.told()] == ["firstline", "secondline"]
    assert (ticket.body["assignee"], ticket.body["line"]) == ("Bob", "2")


async def test_the_manager_is_told_of_an_incident_that_nobody_takes_at_all(stage: Stage) -> None:
    run_id = await stage.posted(await stage.save("incident_escalation"), INCIDENT)
    for node in ("first", "second"):
        await link_of(stage, run_id, node)
        await stage.expired(run_id)
    run = await stage.ended(run_id)
    assert (run["status"], run["error_message"]) == ("failed", "Nobody has taken incident 4711.")
    assert [channel for channel, _ in stage.outside.told()] == ["firstline", "secondline", "managers"]
    assert stage.outside.to(TICKET) == []
