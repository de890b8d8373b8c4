"""Secrets of the vault and tokens of authorizations stay hidden, by whichever door of the API they are used."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from app.graph.redaction import MASK
from tests.authorizations.browser import CALLBACK
from tests.faults.calls import steps_of
from tests.faults.exposing import PLATFORM_BODIES, Exposure
from tests.faults.hiding import everything, forms
from tests.faults.system import System
from tests.fixtures.api import PUBLIC_URL
from tests.fixtures.echo import EchoTarget
from tests.fixtures.provider_process import ProviderProcess

# Where the other end's words are told, so that a secret would be seen there if it were not masked.
TELLING = {"table run_logs", "test-node", "sync", "run", "events", "/logs", "/logs/recent"}


@pytest.fixture
def provider() -> Iterator[ProviderProcess]:
    with ProviderProcess() as process:
        yield process


@pytest.fixture
def client(provider: ProviderProcess) -> tuple[str, str]:
    """Return id and secret by which the provider knows the system."""
    return provider.register(PUBLIC_URL + CALLBACK)


@pytest.fixture
async def target() -> AsyncIterator[EchoTarget]:
    async with EchoTarget() as target:
        yield target


@pytest.fixture
def settings(provider: ProviderProcess, client: tuple[str, str], target: EchoTarget) -> dict[str, str]:
    return {
        "VIRGA_PUBLIC_URL": PUBLIC_URL,
        "VIRGA_PLATFORM__BASE_URL": target.url(),
        "VIRGA_OAUTH__ISSUER": provider.issuer,
        "VIRGA_OAUTH__CLIENT_ID": client[0],
        "VIRGA_OAUTH__CLIENT_SECRET": client[1],
    }


@pytest.mark.parametrize(("status", "end"), [(200, "completed"), (503, "failed"), (401, "failed")])
async def test_secrets_and_tokens_that_calls_use_are_found_nowhere(
    system: System, target: EchoTarget, provider: ProviderProcess, client: tuple[str, str], status: int, end: str
) -> None:
    """The other end says back all that it gets. Where it refuses with 401, the token is renewed and sent once more."""
    plain = secrets.token_hex(20)
    special = f'pä"/+&=<{secrets.token_hex(8)} \\%?#'
    scene = Exposure(system, target, status, plain, special)
    await system.worker()
    await scene.keep()
    passing = await scene.sign_in()
    run = await scene.call_the_platform()
    await scene.try_the_platform()
    await scene.call_and_wait()
    assert await system.ended([run, await scene.call_a_webhook()]) == {end}
    system.evidence.secrets = [plain, special]
    await system.verify()
    issued = provider.seen()["issued"]
    sent = b"".join(target.requests)
    assert {f"{run.id}::p{number}" for number in range(len(PLATFORM_BODIES))} <= set(steps_of(target.requests))
    assert all(secret.encode() in sent for secret in (plain, special, issued[-1]["access_token"]))
    kept = [*scene.heard, *[found for workflow in scene.workflows async for found in everything(system, workflow)]]
    assert {place for place, said in kept if MASK in said} >= TELLING
    tokens = {one[name] for one in issued for name in ("access_token", "refresh_token", "id_token") if name in one}
    hidden = {plain, special, client[1], system.http.headers["Authorization"].split()[1], *passing, *tokens}
    sought = {form for secret in hidden for form in forms(secret)}
    assert [(place, form) for place, said in kept for form in sought if form in said] == []
