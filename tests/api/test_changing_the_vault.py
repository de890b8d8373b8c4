"""Changing and deleting items of the vault, one's own alone."""

from datetime import datetime, timedelta

import pytest

from tests.factories.vault import SOON, VAULT, changed, faults, held_by, kept, stored
from tests.factories.workflows import Json
from tests.fixtures.api import Client, Database, json_of


async def test_renaming_to_a_taken_name_is_refused(api: Client) -> None:
    item = await kept(api)
    await kept(api, name="other")
    assert json_of(await api.put(f"{VAULT}/{item['id']}", json={"name": "other"}), 409)["code"] == "name_taken"
    assert json_of(await api.get(f"{VAULT}/{item['id']}"), 200) == item


async def test_a_name_is_free_once_its_item_is_gone(api: Client) -> None:
    item = await kept(api)
    assert (await api.delete(f"{VAULT}/{item['id']}")).status_code == 204
    await kept(api)


@pytest.mark.parametrize(
    "sent", [{"name": "other"}, {"expires_at": SOON}, {"secret": "another one"}, {"expires_at": None}, {}]
)
async def test_only_what_is_sent_changes(api: Client, database: Database, sent: Json) -> None:
    before = await stored(database, await kept(api, expires_at="2098-01-01T00:00:00Z"))
    now = await stored(database, before | await changed(api, before, **sent))
    differing = {name for name in before if now[name] != before[name]}
    assert differing == set(sent) | ({"updated_at"} if sent else set())


async def test_sending_what_is_so_already_writes_nothing(api: Client, database: Database) -> None:
    item = await kept(api, expires_at=SOON)
    before = await stored(database, item)
    await changed(api, item, name=item["name"], expires_at=item["expires_at"])
    assert await stored(database, item) == before
    assert await database.value("SELECT count(*) FROM audit_log WHERE resource_id = :id", id=item["id"]) == 1


async def test_an_item_that_has_expired_can_still_be_renamed(api: Client, database: Database) -> None:
    item = await kept(api, expires_at=SOON)
    past: datetime = held_by(api).clock.now() - timedelta(days=1)
    await database.execute("UPDATE vault_items SET expires_at = :past WHERE id = :id", past=past, id=item["id"])
    shown = json_of(await api.get(f"{VAULT}/{item['id']}"), 200)
    assert (await changed(api, item, **{**shown, "name": "other"}))["name"] == "other"


@pytest.mark.parametrize("sent", [{"name": None}, {"secret": None}, {"secret": ""}, {"name": "ab"}])
async def test_a_change_is_refused_like_a_new_item(api: Client, sent: Json) -> None:
    item = await kept(api)
    error = json_of(await api.put(f"{VAULT}/{item['id']}", json=sent), 422)
    assert set(faults(error)) == set(sent)


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"name": "stolen"}), ("DELETE", None)])
async def test_what_is_anothers_is_not_found_and_stays(
    api: Client, database: Database, method: str, body: Json | None
) -> None:
    item = await kept(api)
    before = await stored(database, item)
    theirs = await api.other().request(method, f"{VAULT}/{item['id']}", json=body)
    unknown = await api.request(method, f"{VAULT}/vlt_unknown%00", json=body)
    assert [json_of(answer, 404)["code"] for answer in (theirs, unknown)] == ["vault_item_not_found"] * 2
    assert await stored(database, item) == before


async def test_what_is_anothers_is_not_listed(api: Client) -> None:
    await kept(api)
    assert (await api.other().get(VAULT)).json() == []
