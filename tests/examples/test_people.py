"""Examples in which people decide, are written to, or are welcomed."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from app.core.json import JsonValue
from tests.examples.files import Workflow
from tests.examples.outside import says
from tests.examples.stage import Run, Stage, output, sent_with, steps
from tests.factories.mail import received
from tests.fixtures.api import json_of

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


CUSTOMER = {"id": 7, "name": "Ada", "email": "ada@example.com"}
ACCOUNTS = "POST accounts.example.com/api/accounts"


async def onboarding(stage: Stage) -> Workflow:
    await stage.save("onboarding_account")
    await stage.save("onboarding_welcome")
    return await stage.save("customer_onboarding")


@pytest.mark.parametrize("status", ["201 Created", "409 Conflict"])
async def test_a_customer_gets_an_account_and_a_welcome(stage: Stage, status: str) -> None:
    stage.outside.on(ACCOUNTS, says({"id": "acc-1"}, status))
    run = await stage.hooked(await onboarding(stage), CUSTOMER)
    [letter] = map(received, stage.mail.messages)
    [report] = stage.outside.to("PATCH crm.example.com/api/customers/7")
    assert run["status"] == "completed"
    assert (letter["To"], letter["Subject"]) == ("ada@example.com", "Welcome, Ada")
    assert "acc-1" in letter.get_content()
    assert report.body == {"account": "acc-1", "welcomed": "completed"}


async def test_nobody_is_welcomed_without_an_account(stage: Stage) -> None:
    stage.outside.on(ACCOUNTS, says({}, "403 Forbidden"))
    run = await stage.hooked(await onboarding(stage), CUSTOMER)
    [(channel, text)] = stage.outside.told()
    assert (run["status"], stage.mail.got) == ("failed", [])
    assert (channel, text.startswith("Ada has no account\n\n"), "403 Forbidden" in text) == ("ops", True, True)
    assert stage.outside.routes == [ACCOUNTS]


async def test_an_incomplete_customer_is_not_onboarded(stage: Stage) -> None:
    run = await stage.hooked(await onboarding(stage), {**CUSTOMER, "email": "no address"})
    assert run["status"] == "failed"
    assert run["error_message"].startswith('The customer is incomplete: "email" must be an e-mail address')
    assert stage.outside.heard == []


VISITOR = {"name": "Ada <b>", "email": "ada@example.org", "message": "Hello\nthere & then"}


async def test_what_a_visitor_writes_is_sent_to_the_office(stage: Stage) -> None:
    run = await stage.hooked(await stage.save("contact_form_mail"), {**VISITOR, "website": ""})
    [letter] = map(received, stage.mail.messages)
    plain, html = (letter.get_body([kind]) for kind in ("plain", "html"))
    assert run["status"] == "completed"
    assert (letter["To"], letter["Reply-To"], letter["Subject"]) == (
        "office@example.com",
        "ada@example.org",
        "A message of Ada <b>",
    )
    assert plain is not None
    assert "Hello\nthere & then" in plain.get_content()
    assert html is not None
    assert "Ada &lt;b&gt;" in html.get_content()


async def test_a_form_as_browsers_post_it_is_taken_too(stage: Stage) -> None:
    saved = await stage.save("contact_form_mail")
    sent = await stage.api.anonymous().post(
        saved["webhook_url"].replace("https://virga.example", ""), data={**VISITOR, "website": ""}
    )
    assert (await stage.ended(json_of(sent, 202)["id"]))["status"] == "completed"
    assert len(stage.mail.got) == 1


@pytest.mark.parametrize("change", [{"website": "https://x.example"}, {"email": "no address"}, {"message": None}])
async def test_what_is_incomplete_or_of_a_robot_is_dropped(stage: Stage, change: dict[str, JsonValue]) -> None:
    run = await stage.hooked(await stage.save("contact_form_mail"), {**VISITOR, **change})
    assert (run["status"], steps(run)[-1], stage.mail.got) == ("completed", "dropped", [])


async def test_customers_are_reminded_by_how_late_they_are(stage: Stage) -> None:
    today = stage.world.clock.now() - timedelta(hours=1)
    late = {"A1": 3, "A2": 14, "A3": 30, "A4": 4, "A5": -2, "A6": 3}
    invoices: list[JsonValue] = [
        {
            "number": number,
            "total": 10,
            "name": "Ada",
            "email": "not an address" if number == "A6" else f"{number}@example.org",
            "due": (today - timedelta(days=days)).isoformat(),
        }
        for number, days in late.items()
    ]
    stage.outside.on("GET accounting.example.com/api/invoices", says({"invoices": invoices}))
    run = await stage.ended(await stage.ticked(await stage.save("payment_reminders")))
    letters = [(letter["To"], letter["Subject"]) for letter in map(received, stage.mail.messages)]
    assert letters == [("A1@example.org", "Invoice A1"), ("A2@example.org", "Invoice A2 is overdue")]
    assert [text.partition("\n")[0] for _, text in stage.outside.told()] == ["Invoice A3 is a month late"]
    assert output(run, "summary")["text"] == "6 invoices were looked at, 1 reminders failed."


SALES = "GET shop.example.com/api/sales"
LINES: list[JsonValue] = [{"article": "Tea", "count": 3, "total": 10.5}, {"article": "Cup", "count": 1, "total": 4.25}]


async def test_the_sales_of_the_day_before_are_sent_as_a_pdf(stage: Stage) -> None:
    stage.outside.on(SALES, says({"lines": LINES}))
    run = await stage.ended(await stage.ticked(await stage.save("nightly_report")))
    day = output(run, "day")["result"]
    [letter] = map(received, stage.mail.messages)
    [pdf] = letter.iter_attachments()
    assert (run["status"], stage.outside.heard[0].query) == ("completed", {"day": [day]})
    assert letter["To"] == "sales@example.com, boss@example.com"
    assert (pdf.get_filename(), pdf.get_content_type()) == (f"sales-{day}.pdf", "application/pdf")
    assert pdf.get_content().startswith(b"%PDF-")
    assert text_of(pdf.get_content()) == ["14.75 in all, from 2 articles."]


def text_of(pdf: bytes) -> list[str]:
    """Return the lines of a PDF's first page that sum up."""
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    return [line for line in text.splitlines() if "in all" in line]


async def test_a_night_without_figures_is_told_of(stage: Stage) -> None:
    stage.outside.on(SALES, says({}, "500 Internal Server Error"))
    run = await stage.ended(await stage.ticked(await stage.save("nightly_report")))
    [(channel, text)] = stage.outside.told()
    assert (run["status"], stage.mail.got, len(stage.outside.to(SALES))) == ("completed", [], 3)
    assert (channel, "500 Internal Server Error" in text) == ("ops", True)
