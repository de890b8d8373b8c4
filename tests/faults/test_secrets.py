"""Secrets are found nowhere but at the other end: in all that processes keep, answer and log, there is none of them."""

import asyncio
import secrets

import pytest

from app.graph.redaction import MASK
from tests.factories.vault_rows import VaultRows
from tests.faults.hiding import PLACES, everything, forms, nodes, tried
from tests.faults.system import ORGANIZATION, System
from tests.fixtures.echo import EchoTarget
from tests.worker.world import call, chain


@pytest.mark.parametrize(("status", "end"), [(200, "completed"), (503, "failed")])
async def test_a_secret_that_is_used_everywhere_is_found_nowhere(system: System, status: int, end: str) -> None:
    """The other end says back all that it gets, in every spelling: as a success, and as a failure."""
    plain = secrets.token_hex(20)
    special = f'pä"/+&=<{secrets.token_hex(8)} \\%?#'
    vault = VaultRows(system.execute_sql, system.vault_keys, ORGANIZATION)
    await vault.add("plain", plain)
    names = {"plain": "plain", "name": "special", "item": await vault.add("special", special)}
    async with EchoTarget() as target:
        used = nodes(target.url(f"/status/{status}"), names)
        last = call("last", target.url(f"/status/{status}"), body="{{ vault.special }}{{ n0.status }}")
        workflow = await system.create(chain(*used, last))
        accepted = await system.execute(workflow)
        watching = asyncio.create_task(system.http.get(f"/workflows/runs/{accepted[0].id}/events"))
        await system.worker()
        assert await system.ended(accepted) == {end}
        system.evidence.secrets = [plain, special]
        await system.verify()
        answers = [("live", (await watching).text)]
        answers += [("test-node", await tried(system, node, {})) for node in (*used, call("last", target.url()))]
        await tried(system, used[0], {"vault": {"special": special}})  # its answer may say what its caller has made up
    assert len(target.requests) == 2 * (len(PLACES) + 1) + 1
    assert all(secret.encode() in b"".join(target.requests) for secret in (plain, special))
    kept = answers + [found async for found in everything(system, workflow)]
    assert {place for place, said in kept if MASK in said} >= {"table run_logs", "run", "events", "live", "test-node"}
    sought = forms(plain) | forms(special)
    assert [(place, form) for place, said in kept for form in sought if form in said] == []
