"""Forms as programs open and answer them; what workers do with the answers is in `tests/worker/test_forms.py`."""

import asyncio
from datetime import timedelta

import pytest

from app.core.clock import Clock
from app.core.json import JsonValue
from app.http.deps import Resources
from tests.factories.forms import AMOUNT, OpenForm, open_form
from tests.factories.runs import lease
from tests.factories.workflows import Json
from tests.fixtures.api import Client, Database, json_of

APPROVED = {"button": "approve"}
ACCEPTED = {"status": "accepted", "button": "approve"}
OTHER: dict[str, JsonValue] = {
    "name": "reason",
    "type": "textarea",
    "label": "Reason",
    "required": True,
    "visible_if": {"type": "number", "input": "{{ values.amount }}", "operator": "greater_than", "value": 100},
}


async def resolution(database: Database, form: OpenForm) -> Json:
    found: Json = await database.value("SELECT resolution FROM run_waits WHERE run_id = :id", id=form.run_id)
    return found


async def assert_closed(api: Client, form: OpenForm) -> None:
    for answer in (await api.anonymous().get(form.path), await api.anonymous().post(form.path, json=APPROVED)):
        assert json_of(answer, 410)["code"] == "interaction_closed"


async def test_a_form_says_what_is_asked_and_nothing_of_the_run(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER, description="All of it.", assignee="Ada")
    shown = json_of(await api.anonymous().get(form.path), 200)
    field: Json = {"default": None, "options": [], "min": None, "max": None, "min_length": None, "max_length": None}
    assert shown == {
        "title": "Asked",
        "description": "All of it.",
        "assignee": "Ada",
        "fields": [
            {**field, **AMOUNT, "visible": True},
            {**field, **{name: OTHER[name] for name in ("name", "type", "label", "required")}, "visible": False},
        ],
        "buttons": [{"id": "approve", "label": "Approve"}, {"id": "reject", "label": "Reject"}],
        "expires_at": None,
    }


async def test_an_answer_is_kept_and_makes_the_parked_run_due(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER)
    answer = await api.anonymous().post(form.path, json={**APPROVED, "values": {"amount": "12.50", "reason": "x"}})
    assert json_of(answer, 200) == ACCEPTED
    kept = await resolution(database, form)
    assert kept == {
        "button": "approve",
        "values": {"amount": 12.5},
        "submitted_by": None,
        "submitted_at": kept["submitted_at"],
    }
    (run,) = await database.rows("SELECT ready, due_at FROM runs WHERE id = :id", id=form.run_id)
    assert run.ready
    assert run.due_at is not None


async def test_of_a_run_that_a_worker_holds_only_the_wait_changes(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    await lease(database, form.run_id)
    json_of(await api.post(form.path, json=APPROVED), 200)
    (run,) = await database.rows("SELECT ready, lease_owner FROM runs WHERE id = :id", id=form.run_id)
    assert (run.ready, run.lease_owner) == (False, "worker-1")
    assert (await resolution(database, form))["button"] == "approve"


async def test_a_form_is_answered_once(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    json_of(await api.post(form.path, json=APPROVED), 200)
    await assert_closed(api, form)
    assert (await resolution(database, form))["button"] == "approve"


async def test_of_many_answers_at_the_same_time_one_counts(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    buttons = ["approve", "reject"] * 5
    answers = await asyncio.gather(*(api.post(form.path, json={"button": button}) for button in buttons))
    (accepted,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert sorted(answer.status_code for answer in answers) == [200, *[410] * 9]
    assert (await resolution(database, form))["button"] == accepted["button"]


GONE = {
    "after the step is recorded": "DELETE FROM run_waits WHERE run_id = :id",
    "after the run has ended": "UPDATE runs SET status = 'completed' WHERE id = :id",
    "after cancelling was asked for": "UPDATE runs SET cancel_requested_at = now() WHERE id = :id",
    "after its time": "UPDATE run_waits SET due_at = now() - interval '1 second' WHERE run_id = :id",
    "after a worker has closed it": "UPDATE run_waits SET resolved_at = now() WHERE run_id = :id",
    "after its workflow is deleted": "UPDATE workflows SET deleted_at = now()"
    " WHERE id = (SELECT workflow_id FROM runs WHERE id = :id)",
    "where another version has written it": "UPDATE run_waits SET prompt = '{\"a\": 1}' WHERE run_id = :id",
}


@pytest.mark.parametrize("what", GONE)
async def test_a_form_is_closed(api: Client, database: Database, what: str) -> None:
    form = await open_form(api, database, due_at=Clock().now() + timedelta(hours=1))
    json_of(await api.get(form.path), 200)
    await database.execute(GONE[what], id=form.run_id)
    await assert_closed(api, form)


async def test_cancelling_a_run_closes_its_form(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    json_of(await api.post(f"/workflows/runs/{form.run_id}/cancel"), 202)
    await assert_closed(api, form)


@pytest.mark.parametrize("token", ["x", "A" * 64, "%00", "ü", "fl_run_1", "a" * 5_000])
async def test_an_address_that_never_was_one_is_not_found(api: Client, token: str) -> None:
    for answer in (
        await api.anonymous().get(f"/workflows/interactions/{token}"),
        await api.anonymous().post(f"/workflows/interactions/{token}", json=APPROVED),
    ):
        assert json_of(answer, 404)["code"] == "interaction_not_found"


async def test_every_fault_is_named_with_its_place(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, {"name": "mail", "type": "email", "label": "Mail"})
    answer = await api.post(form.path, json={"button": "maybe", "values": {"amount": -1, "mail": "ada", "x": 1}})
    assert {fault["path"]: fault["message"] for fault in json_of(answer, 422)["errors"]} == {
        "button": "must be one of: approve, reject",
        "values.amount": "must be at least 0",
        "values.mail": "must be an e-mail address, such as name@example.com",
        "values.x": "is not a field of this form",
    }
    assert answer.json()["code"] == "parameter_invalid"
    json_of(await api.get(form.path), 200)


@pytest.mark.parametrize(
    ("body", "path"),
    [([], ""), ({"button": 5}, "button"), ({"values": []}, "values"), ({"preview": "perhaps"}, "preview")],
)
async def test_a_body_of_another_shape_is_refused(api: Client, database: Database, body: object, path: str) -> None:
    form = await open_form(api, database)
    answer = json_of(await api.post(form.path, json=body), 422)
    assert [fault["path"] for fault in answer["errors"]] == [path]


@pytest.mark.parametrize("body", [[], {"values": []}, {"values": "x"}])
async def test_what_must_be_an_object_is_called_so(api: Client, database: Database, body: object) -> None:
    form = await open_form(api, database)
    answer = json_of(await api.post(form.path, json=body), 422)
    assert [fault["message"] for fault in answer["errors"]] == ["must be an object"]


async def test_no_body_is_an_answer_without_a_button(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    assert json_of(await api.post(form.path), 422)["errors"][0]["path"] == "button"
    lone = await open_form(api, database, buttons=[{"id": "ok", "label": "OK"}])
    assert json_of(await api.post(lone.path), 200) == {"status": "accepted", "button": "ok"}


async def test_a_preview_tells_which_fields_there_are_and_answers_nothing(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER)
    body = {"preview": True, "values": {"amount": 101, "unknown": 1}}
    shown = json_of(await api.post(form.path, json=body), 200)
    assert [field["visible"] for field in shown["fields"]] == [True, True]
    assert await resolution(database, form) is None


@pytest.mark.parametrize("who", ["member", "stranger", "nobody"])
async def test_whoever_sends_a_token_of_the_runs_organization_is_named(
    api: Client, database: Database, who: str
) -> None:
    form = await open_form(api, database)
    client = {"member": api, "stranger": api.other(), "nobody": api.anonymous()}[who]
    json_of(await client.post(form.path, json=APPROVED), 200)
    assert (await resolution(database, form))["submitted_by"] == ("tester" if who == "member" else None)


async def test_a_token_that_is_wrong_is_refused(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    answer = await api.post(form.path, json=APPROVED, headers={"Authorization": "Bearer x.y.z"})
    assert json_of(answer, 401)["code"] == "token_invalid"
    json_of(await api.get(form.path), 200)


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("is_there", [True, False])
async def test_nothing_of_a_form_is_kept_on_the_way(
    api: Client, database: Database, accept: str, *, is_there: bool
) -> None:
    path = (await open_form(api, database)).path if is_there else "/workflows/interactions/x"
    for answer in (
        await api.get(path, headers={"Accept": accept}),
        await api.post(path, json={"button": "none"}, headers={"Accept": accept}),
    ):
        names = ("cache-control", "referrer-policy", "vary", "x-content-type-options")
        assert [answer.headers.get_list(name) for name in names] == [
            ["no-store"],
            ["no-referrer"],
            ["Accept"],
            ["nosniff"],
        ]


async def test_text_is_no_answer(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    answer = await api.post(form.path, content="approve", headers={"Content-Type": "text/plain"})
    assert json_of(answer, 415)["code"] == "unsupported_media_type"


async def test_a_token_that_is_none_of_ours_costs_no_look_into_the_database(own_api: Client) -> None:
    held: Resources = own_api.app.state.resources
    await held.lookups.dispose()
    assert (await own_api.anonymous().get(f"/workflows/interactions/{'A' * 64}")).status_code == 404
    assert held.lookups.pool.checkedin() == 0  # type: ignore[attr-defined] # of the pool that is used


async def test_the_documented_example_is_a_form_and_its_answer(api: Client, database: Database) -> None:
    paths = api.app.openapi()["paths"]["/workflows/interactions/{token}"]
    shown = paths["get"]["responses"]["200"]["content"]["application/json"]["example"]
    fields = [{name: value for name, value in field.items() if name != "visible"} for field in shown["fields"]]
    expires_at = Clock().now() + timedelta(days=1)
    form = await open_form(api, database, *fields, due_at=expires_at, title=shown["title"], assignee=shown["assignee"])
    found = json_of(await api.get(form.path), 200)
    assert found | {"expires_at": None} == shown | {"expires_at": None}
    (body,) = paths["post"]["requestBody"]["content"]["application/json"]["schema"]["examples"]
    accepted = paths["post"]["responses"]["200"]["content"]["application/json"]["example"]
    assert json_of(await api.post(form.path, json=body), 200) == accepted
