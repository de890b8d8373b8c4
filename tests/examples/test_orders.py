"""Examples that move data between systems: what arrives, and what becomes of that which does not."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.json import JsonValue
from tests.examples.files import Workflow, settings_of
from tests.examples.outside import says
from tests.examples.stage import Stage, output, sent_with, steps
from tests.factories.mail import received
from tests.factories.webhooks import path_of
from tests.fixtures.api import json_of
from tests.fixtures.target import HANG_UP

ORDERS: list[dict[str, Any]] = [
    {"number": "A/1", "payment": "paid", "total": 20, "customer": "Ada", "lines": [{"sku": "a", "count": 2}]},
    {"number": "A2", "payment": "open", "total": 20, "customer": "Bob", "lines": []},
    {"number": "A3", "payment": "paid", "total": "30.50", "customer": "Cid", "lines": []},
    {"number": "A4", "payment": "paid", "total": 0, "customer": "Dan", "lines": []},
]
REFUSED = "422 Unprocessable Content"


async def test_paid_orders_get_into_the_erp(stage: Stage) -> None:
    stage.outside.on("GET shop.example.com/api/orders", says({"orders": ORDERS}))
    run = await stage.ended(await stage.ticked(await stage.save("order_sync")))
    [asked] = stage.outside.to("GET shop.example.com/api/orders")
    assert (asked.query, asked.headers["authorization"]) == ({"status": ["open"]}, sent_with("shop_token"))
    assert set(stage.outside.routes[1:]) == {
        "PUT erp.example.com/api/orders/A%2F1",
        "PUT erp.example.com/api/orders/A3",
    }
    [put] = stage.outside.to("PUT erp.example.com/api/orders/A%2F1")
    assert put.body == {"customer": "Ada", "total": 20, "lines": [{"sku": "a", "count": 2}]}
    assert output(run, "done")["text"] == "2 orders were handed on."
    assert stage.outside.told() == []


async def test_orders_that_the_erp_refuses_are_told_of(stage: Stage) -> None:
    stage.outside.on("GET shop.example.com/api/orders", says({"orders": ORDERS}))
    stage.outside.on("PUT erp.example.com/api/orders/A3", says({}, REFUSED))
    run = await stage.ended(await stage.ticked(await stage.save("order_sync")))
    [(channel, text)] = stage.outside.told()
    assert (run["status"], channel) == ("completed", "ops")
    assert text.startswith("1 of 2 orders are not in the ERP\n\nA3: ")
    assert REFUSED in text


INVOICE = {"number": "2026-17", "total": 99.5}
PUSH = "POST accounting.example.com/api/invoices"
AWAY = says({}, "503 Service Unavailable")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([says({}, "201 Created")], "Invoice 2026-17 is handed on."),
        ([says({}, "409 Conflict")], "Invoice 2026-17 is known already."),
        ([AWAY, HANG_UP, AWAY, says({})], "Invoice 2026-17 is handed on."),
    ],
    ids=["new", "known", "at the fourth attempt"],
)
async def test_an_invoice_is_handed_on(stage: Stage, answers: list[bytes], said: str) -> None:
    stage.outside.on(PUSH, *answers)
    run = await stage.hooked(await stage.save("invoice_push"), INVOICE)
    pushed = stage.outside.to(PUSH)
    assert output(run, "done")["text"] == said
    assert len(pushed) == len(answers)
    assert {one.headers["idempotency-key"] for one in pushed} == {f"{run['id']}::push"}
    assert pushed[0].body == INVOICE


async def test_attempts_are_further_and_further_apart(stage: Stage) -> None:
    stage.outside.on(PUSH, AWAY)
    run_id = await stage.posted(await stage.save("invoice_push", pauses=True), INVOICE)
    gaps = []
    for number in (2, 3, 4):
        await stage.world.holds(
            "SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND attempt = :number AND due_at > :now",
            id=run_id,
            number=number,
            now=stage.world.clock.now(),
        )
        [wait] = await stage.world.waits(run_id)
        failed = (await stage.world.logs(run_id))[-1]
        gaps.append(round((wait.due_at - failed.started_at).total_seconds() - failed.duration_ms / 1000))
        await stage.hurry(run_id)
    await stage.ended(run_id)
    assert gaps == [10, 20, 40]
    assert len(stage.outside.to(PUSH)) == 4


async def test_an_invoice_that_is_refused_is_not_tried_again(stage: Stage) -> None:
    stage.outside.on(PUSH, says({"field": "total"}, REFUSED))
    run = await stage.hooked(await stage.save("invoice_push"), INVOICE)
    [(channel, text)] = stage.outside.told()
    assert (run["status"], stage.outside.routes) == ("completed", [PUSH])
    assert (channel, '{"field":"total"}' in text) == ("accounting", True)


@pytest.mark.parametrize("away", [AWAY, HANG_UP], ids=["503", "no answer"])
async def test_an_invoice_that_cannot_be_delivered_is_put_aside(stage: Stage, away: bytes) -> None:
    stage.outside.on(PUSH, away)
    run = await stage.hooked(await stage.save("invoice_push"), INVOICE)
    [aside] = stage.outside.to("POST parking.example.com/invoices")
    assert run["status"] == "completed"
    assert len(stage.outside.to(PUSH)) == 4
    assert (aside.body["invoice"], aside.body["run"]) == (INVOICE, run["id"])
    assert aside.body["reason"].startswith("Webhook request failed: ")
    assert [channel for channel, _ in stage.outside.told()] == ["ops"]


def booked(stage: Stage, *, fails: str = "", cancels: bool = True) -> None:
    for what in ("flight", "hotel", "car"):
        route = f"{what}s.example.com/api/bookings"
        stage.outside.on(f"POST {route}", says({"id": f"{what}-1"}) if what != fails else says({}, REFUSED))
        if not cancels:
            stage.outside.on(f"DELETE {route}/{what}-1", says({}, "403 Forbidden"))


def done(stage: Stage) -> list[str]:
    """Return what was done at whom, in order, such as `POST hotels`."""
    return [route.partition(".")[0] for route in stage.outside.routes]


TRIP = {"id": "T1", "from": "2026-05-01", "to": "2026-05-03"}
ALL = ["POST flights", "POST hotels", "POST cars"]


async def test_a_trip_is_booked_as_a_whole(stage: Stage) -> None:
    booked(stage)
    run = await stage.executed(await stage.save("booking_saga"), TRIP)
    assert output(run, "booked") == {"flight": "flight-1", "hotel": "hotel-1", "car": "car-1"}
    assert (done(stage), run["status"]) == (ALL, "completed")


@pytest.mark.parametrize(
    ("fails", "order"),
    [
        ("flight", ["POST flights"]),
        ("hotel", ["POST flights", "POST hotels", "DELETE flights"]),
        ("car", [*ALL, "DELETE hotels", "DELETE flights"]),
    ],
)
async def test_what_was_booked_is_cancelled_in_reverse(stage: Stage, fails: str, order: list[str]) -> None:
    booked(stage, fails=fails)
    run = await stage.executed(await stage.save("booking_saga"), TRIP)
    assert (done(stage), run["status"]) == (order, "failed")
    assert run["error_message"] == f"Trip T1 was not booked: Webhook request failed: {REFUSED}"
    assert stage.outside.told() == []


async def test_what_cannot_be_cancelled_is_told_of_and_the_rest_is_cancelled(stage: Stage) -> None:
    booked(stage, fails="car", cancels=False)
    run = await stage.executed(await stage.save("booking_saga"), TRIP)
    [(channel, text)] = stage.outside.told()
    assert done(stage) == [*ALL, "DELETE hotels", "DELETE flights"]
    assert (run["status"], channel) == ("failed", "ops")
    assert ("Hotel hotel-1: " in text, "Flight flight-1: " in text) == (True, True)


PRODUCTS: list[JsonValue] = [
    {"sku": "a", "price": 8.5, "stock": 3},
    {"sku": "b", "price": 120, "stock": 0},
    {"sku": "c", "price": 1, "stock": 1, "status": "retired"},
]
FEED = "GET supplier.example.org/feed.json"


async def test_what_can_be_sold_of_a_feed_gets_into_the_shop(stage: Stage) -> None:
    stage.outside.on(FEED, says({"made_at": "2026-01-15", "catalogue": {"products": PRODUCTS}}))
    run = await stage.ended(await stage.ticked(await stage.save("feed_import")))
    [saved] = stage.outside.to("POST shop.example.com/api/products/bulk")
    assert run["status"] == "completed"
    assert saved.body == {"source": "supplier", "made_at": "2026-01-15", "products": PRODUCTS[:1]}


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        (says({"catalogue": {"products": [{"sku": "a", "price": 0, "stock": 1}]}}), "is not as agreed\n\n1 faults"),
        (says({"catalogue": {"products": []}}), "is not as agreed"),
        (says({}), "is not as agreed"),
        (says({}).replace(b"{}", b"{]"), 'cannot be read\n\n"input" is not JSON'),
        (says({}, "404 Not Found"), "cannot be read\n\nWebhook request failed: 404"),
    ],
    ids=["no price", "nothing in it", "another shape", "no JSON", "away"],
)
async def test_a_broken_feed_changes_nothing(stage: Stage, feed: bytes, told: str) -> None:
    stage.outside.on(FEED, feed)
    run = await stage.ended(await stage.ticked(await stage.save("feed_import")))
    [(channel, text)] = stage.outside.told()
    assert (run["status"], channel) == ("completed", "ops")
    assert told in text
    assert stage.outside.routes == [FEED]


def one_at_a_time(workflow: Workflow) -> None:
    for data in settings_of(workflow, "iterator"):
        data["mode"] = "sequential"


async def posted_file(stage: Stage, saved: Workflow, content: str) -> Any:
    headers = {"Content-Type": "text/csv"}
    sent = await stage.api.anonymous().post(path_of(saved), content=content, headers=headers)
    return await stage.ended(json_of(sent, 202)["id"])


async def test_lines_of_a_file_become_contacts(stage: Stage) -> None:
    saved = await stage.save("csv_import")
    run = await posted_file(
        stage, saved, "name,email,city\r\nAda, ADA@example.com ,London\r\n\r\nBob,bob@example.com\r\n"
    )
    contacts = [one.body for one in stage.outside.to("POST crm.example.com/api/contacts")]
    assert output(run, "done")["text"] == "2 contacts were imported."
    assert sorted(contacts, key=lambda one: str(one["name"])) == [
        {"name": "Ada", "email": "ada@example.com", "city": "London"},
        {"name": "Bob", "email": "bob@example.com", "city": ""},
    ]


async def test_lines_that_are_wrong_are_sent_back(stage: Stage) -> None:
    stage.outside.on("POST crm.example.com/api/contacts", says({}), says({}, REFUSED))
    saved = await stage.save("csv_import", one_at_a_time)
    lines = ["name,email,city", "Ada,ada@example.com,London", "Bob,no address,Rome", "Cid,cid@example.com,Oslo"]
    run = await posted_file(stage, saved, "\n".join(lines))
    [letter] = map(received, stage.mail.messages)
    assert run["status"] == "completed"
    assert letter["Subject"] == "2 of 3 contacts were not imported"
    assert letter.get_content().splitlines() == [
        "Bob,no address,Rome",
        '  "email" must be an e-mail address; it is the text "no address".',
        "Cid,cid@example.com,Oslo",
        f"  Webhook request failed: {REFUSED}",
    ]


async def test_many_are_asked_one_at_a_time_with_a_pause(stage: Stage) -> None:
    numbers = ["1", "2", "3"]
    stage.outside.on("GET partner.example.org/v1/items/1", says({"state": "new"}))
    stage.outside.on("GET partner.example.org/v1/items/2", says({}, "404 Not Found"))
    run = await stage.executed(await stage.save("rate_limited_batch"), {"numbers": numbers})
    *asked, last = stage.outside.routes
    [batch] = stage.outside.to("POST results.example.com/batches")
    assert asked == [f"GET partner.example.org/v1/items/{number}" for number in numbers]
    assert last == batch.route
    assert [(one["number"], one["state"]) for one in batch.body["results"]] == [("1", "new"), ("3", "unknown")]
    assert [error["index"] for error in batch.body["errors"]] == [1]
    assert steps(run).count("pause") == 2


async def test_between_two_calls_there_are_two_seconds_at_least(stage: Stage) -> None:
    saved = await stage.save("rate_limited_batch")
    run_id = await stage.started(saved, {"numbers": ["1", "2"]})
    await stage.world.holds("SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND kind = 'delay'", id=run_id)
    [wait], calls = await stage.world.waits(run_id), len(stage.outside.routes)
    started = [log.started_at for log in await stage.world.logs(run_id) if log.node_id == "keep"]
    await stage.ended(run_id)
    assert calls == 1
    assert wait.due_at - started[0] >= timedelta(seconds=2)
