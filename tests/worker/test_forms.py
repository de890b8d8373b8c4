"""Runs that wait for a person: parked meanwhile, carried on by the answer, closed with whatever ends them."""

from app.core.json import dumps
from app.graph.redaction import MASK
from tests.factories.vault_rows import VaultRows
from tests.fixtures.api import json_of
from tests.fixtures.target import Target, answer
from tests.worker.office import IS_OPEN, IS_PARKED, Office, beside_a_call, form
from tests.worker.parked import make_due
from tests.worker.world import VAULT_KEYS, call, chain, edge, node, text, until


async def test_a_form_parks_the_run_until_somebody_answers(office: Office) -> None:
    async with office.world.worker() as worker:
        run = await office.parked()
        [row] = await office.world.waits(run)
        await until(lambda: worker.parts.engine.held_ids == set())
        [url] = (await office.urls(run)).values()
        assert await office.answer(url, "no") == 200
        [ended] = await office.world.ended(run)
    assert (row.kind, row.due_at is not None, row.prompt["title"]) == ("form", True, "Well?")
    assert ended.status == "completed"
    assert await office.world.steps(run) == [("t", "success"), ("f", "success"), ("no", "success")]
    assert await office.world.waits(run) == []
    assert await office.answer(url) == 410


async def test_nothing_that_is_stored_opens_the_form(office: Office) -> None:
    async with office.world.worker():
        run = await office.parked()
    [url] = (await office.urls(run)).values()
    token = url.rpartition("/")[2]
    tables = await office.world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await office.world.rows(f"SELECT t::text FROM {table} t")  # noqa: S608 -- names of the catalogue
        assert not [row for row in rows if token[:40] in str(row)]


async def test_the_step_puts_out_what_was_answered(office: Office) -> None:
    async with office.world.worker():
        fields = [{"name": "amount", "type": "number"}, {"name": "note"}]
        run = await office.started(*chain(form(fields=fields, buttons=[{"id": "ok"}])))
        await office.world.holds(IS_PARKED, id=run)
        [url] = (await office.urls(run)).values()
        sent = await office.api.post(url, json={"values": {"amount": "12.5"}})
        assert sent.status_code == 200
        await office.world.ended(run)
    output = (await office.run(run))["logs"][-1]["output"]
    assert output["values"] == {"amount": 12.5, "note": None}
    assert (output["button"], output["submitted_by"]) == ("ok", "tester")


async def test_a_form_that_nobody_answers_in_time_expires(office: Office) -> None:
    async with office.world.worker():
        run = await office.parked()
        [url] = (await office.urls(run)).values()
        await make_due(office.world, run)
        await office.world.ended(run)
    assert await office.world.steps(run) == [("t", "success"), ("f", "success"), ("late", "success")]
    assert (await office.run(run))["logs"][1]["output"]["button"] is None
    assert await office.answer(url) == 410


async def test_an_answer_that_was_taken_in_time_counts_however_late_a_worker_looks(office: Office) -> None:
    async with office.world.worker():
        run = await office.parked()
    [url] = (await office.urls(run)).values()
    assert await office.answer(url) == 200
    await office.world.execute("UPDATE run_waits SET due_at = resolved_at WHERE run_id = :id", id=run)
    async with office.world.worker():
        await office.world.ended(run)
    assert (await office.world.steps(run))[-1] == ("yes", "success")


async def test_a_run_waits_for_several_people_at_once(office: Office) -> None:
    async with office.world.worker():
        nodes = [node("t", "manual_trigger"), form("f"), form("g"), text("both", "{{ f.button }} {{ g.button }}")]
        edges = [edge("t", "f"), edge("t", "g"), edge("f", "both", "yes"), edge("g", "both", "no")]
        run = await office.started(nodes, edges)
        await office.world.holds(IS_PARKED, id=run)
        urls = await office.urls(run)
        assert await office.answer(urls["g"], "no") == 200
        await office.world.holds("SELECT count(*) = 2 FROM run_logs WHERE run_id = :id", id=run)
        await office.world.holds(IS_PARKED, id=run)
        assert await office.urls(run) == {"f": urls["f"]}
        assert await office.answer(urls["f"]) == 200
        await office.world.ended(run)
    assert (await office.run(run))["logs"][-1]["output"]["text"] == "yes no"


async def test_cancelling_closes_the_form(office: Office) -> None:
    async with office.world.worker():
        run = await office.parked()
        [url] = (await office.urls(run)).values()
        json_of(await office.api.post(f"/workflows/runs/{run}/cancel"), 202)
    assert await office.answer(url) == 410
    assert await office.world.steps(run) == [("t", "success"), ("f", "warning")]


async def test_a_run_that_fails_elsewhere_closes_the_form(office: Office) -> None:
    async with Target(answer(status="500 Internal Server Error")) as target, office.world.worker():
        target.gate.clear()
        run = await office.started(*beside_a_call(target))
        await office.world.holds(IS_OPEN, id=run)
        [url] = (await office.urls(run)).values()
        target.gate.set()
        [row] = await office.world.ended(run)
    assert row.status == "failed"
    assert await office.answer(url) == 410
    assert ("f", "warning") in await office.world.steps(run)


async def test_a_form_shows_no_secret_that_the_run_knows(office: Office) -> None:
    vault = VaultRows(office.world.execute, VAULT_KEYS, office.api.org_id)
    await vault.add("key", "s3cret-4711")
    async with Target(answer()) as target, office.world.worker():
        called = call("a", target.url(), headers={"X": "{{ vault.key }}"})
        fields = [{"name": "a", "default": "{{ 's3cret' }}{{ '-4711' }}"}]
        run = await office.started(*chain(called, form(title="Is s3cret-4711 right?", fields=fields)))
        await office.world.holds(IS_PARKED, id=run)
    [row] = await office.world.waits(run)
    assert "s3cret" not in dumps(row.prompt)
    assert (row.prompt["title"], row.prompt["fields"][0]["default"]) == (f"Is {MASK} right?", MASK)


async def test_a_secret_that_somebody_enters_is_masked(office: Office) -> None:
    vault = VaultRows(office.world.execute, VAULT_KEYS, office.api.org_id)
    await vault.add("key", "s3cret-4711")
    async with Target(answer()) as target, office.world.worker():
        called = call("a", target.url(), headers={"X": "{{ vault.key }}"})
        run = await office.started(*chain(called, form(fields=[{"name": "a"}])))
        await office.world.holds(IS_PARKED, id=run)
        [url] = (await office.urls(run)).values()
        assert await office.answer(url, a="it is s3cret-4711") == 200
        await office.world.ended(run)
    assert (await office.run(run))["logs"][-1]["output"]["values"] == {"a": f"it is {MASK}"}


async def test_what_cannot_be_asked_fails_the_run(office: Office) -> None:
    async with office.world.worker():
        fields = [{"name": "a", "type": "select", "options": "{{ t.context.none }}"}]
        run = await office.started(*chain(form(fields=fields)))
        [row] = await office.world.ended(run)
    assert row.error_message.startswith('"fields[0].options" must be a list of texts')
