"""Examples of orders, invoices and bookings: what arrives, and what becomes of that which does not."""

from typing import Any

import pytest

from tests.examples.outside import REFUSED, says
from tests.examples.stage import Stage, output, sent_with
from tests.fixtures.target import HANG_UP

ORDERS: list[dict[str, Any]] = [
    {"number": "A/1", "payment": "paid", "total": 20, "customer": "Ada", "lines": [{"sku": "a", "count": 2}]},
    {"number": "A2", "payment": "open", "total": 20, "customer": "Bob", "lines": []},
    {"number": "A3", "payment": "paid", "total": "30.50", "customer": "Cid", "lines": []},
    {"number": "A4", "payment": "paid", "total": 0, "customer": "Dan", "lines": []},
]


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
