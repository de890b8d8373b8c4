"""Where runs show the forms that they wait for, and what the server's settings mean for forms."""

from collections.abc import Callable

from pydantic import SecretStr

from app.core.config import LimitSettings, RateLimitSettings, VaultSettings
from app.core.crypto import new_master_key
from tests.api.test_interactions import APPROVED, assert_closed
from tests.factories.forms import open_form
from tests.factories.runs import lease
from tests.fixtures.api import PUBLIC_URL, Client, Database, database_of, json_of, serving


async def test_a_run_shows_the_forms_that_it_waits_for(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    path = f"/workflows/runs/{form.run_id}"
    shown = await api.get(path)
    run = json_of(shown, 200)
    assert run["status"] == "awaiting_ui_interaction"
    assert run["interactions"] == [{"node_id": "form", "path": [], "url": form.url}]
    assert form.url.startswith(f"{PUBLIC_URL}/workflows/interactions/")
    assert (await api.get(path, headers={"If-None-Match": shown.headers["etag"]})).status_code == 304


async def test_addresses_come_from_the_settings_alone(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    run = await api.get(f"/workflows/runs/{form.run_id}", headers={"Host": "evil.example", "X-Forwarded-Host": "evil"})
    assert run.json()["interactions"][0]["url"] == form.url


async def test_a_run_whose_form_is_answered_has_changed(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    await lease(database, form.run_id)
    path = f"/workflows/runs/{form.run_id}"
    before = await api.get(path)
    assert "interactions" in before.json()
    json_of(await api.post(form.path, json=APPROVED), 200)
    after = await api.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert "interactions" not in json_of(after, 200)


async def test_forms_inside_iterators_have_addresses_of_their_own(api: Client, database: Database) -> None:
    form = await open_form(api, database, place="loop.3")
    run = json_of(await api.get(f"/workflows/runs/{form.run_id}"), 200)
    assert run["interactions"] == [{"node_id": "form", "path": ["loop", 3], "url": form.url}]
    json_of(await api.post(form.path, json=APPROVED), 200)


async def test_other_organizations_see_nothing_of_it(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    assert (await api.other().get(f"/workflows/runs/{form.run_id}")).status_code == 404


async def test_an_answer_larger_than_an_output_is_refused(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    limits = LimitSettings(output_bytes=2_000)
    async with serving(url, redis_url, limits=limits) as app, Client(app) as api, database_of(url) as database:
        form = await open_form(api, database, {"name": "a", "type": "textarea", "label": "A"})
        answer = await api.post(form.path, json={**APPROVED, "values": {"a": "x" * 2_000}})
        assert json_of(answer, 413)["code"] == "body_too_large"
        json_of(await api.post(form.path, json={**APPROVED, "values": {"a": "x" * 1_000}}), 200)


async def test_a_form_may_be_asked_for_so_often_only(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    few = RateLimitSettings(per_form=2)
    async with serving(url, redis_url, rate_limit=few) as app, Client(app) as api, database_of(url) as database:
        form, other = [await open_form(api, database) for _ in range(2)]
        assert [(await api.anonymous().get(form.path)).status_code for _ in range(3)] == [200, 200, 429]
        assert (await api.anonymous().get(other.path)).status_code == 200


async def test_after_a_rotation_a_form_keeps_its_address(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    old, new = new_master_key("old"), new_master_key("new")
    async with database_of(url) as database:
        before = VaultSettings(keys=SecretStr(old))
        async with serving(url, redis_url, vault=before) as app, Client(app) as api:
            form, org = await open_form(api, database), api.org_id
        after = VaultSettings(keys=SecretStr(f"{new},{old}"))
        async with serving(url, redis_url, vault=after) as app, Client(app, org) as api:
            run = json_of(await api.get(f"/workflows/runs/{form.run_id}"), 200)
            assert run["interactions"] == [{"node_id": "form", "path": [], "url": form.url}]
            json_of(await api.anonymous().post(form.path, json=APPROVED), 200)
            await assert_closed(api, form)
