"""Examples that write to people: a welcome, what a form said, reminders, a report."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from app.core.json import JsonValue
from tests.examples.files import Workflow
from tests.examples.outside import says
from tests.examples.stage import Stage, output, steps
from tests.factories.mail import received
from tests.fixtures.api import json_of

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
