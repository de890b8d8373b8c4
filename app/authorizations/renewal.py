"""The access token that a call is made with: the stored one while it works, else a new one, fetched once for all."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta

from app.authorizations.grants import Grant, RefusedError
from app.authorizations.provider import Provider
from app.authorizations.repository import (
    AuthorizationRepository,
    Credentials,
    Found,
    find_authorization,
    find_for_workflow,
)
from app.authorizations.schemas import ACTIVE
from app.authorizations.tokens import Seals, Tokens, expiry
from app.core.clock import Clock
from app.core.crypto import DecryptionError, Sealed
from app.core.db import Engine, is_outage
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.models import Authorization
from app.queue.client import Doorbell
from app.unit_of_work import UnitOfWork, unit_of_work

EARLY = timedelta(seconds=30)  # a token that ends within a call is renewed before it
AT_ONCE = 2  # renewals a process: each holds a database connection while the provider thinks
_NOT_RENEWED = "the authorization could not be renewed: "
_SIGN_IN = "sign in again by POST /workflows/authorization"


@dataclass(frozen=True, slots=True)
class Access:
    """An access token, and whose it is."""

    org_id: str
    authorization_id: str
    token: str = field(repr=False)


class Renewals:
    """Hands out access tokens. A token is renewed under its row's lock: once, however many steps and workers ask."""

    def __init__(
        self, engine: Engine, doorbell: Doorbell, provider: Provider | None, seals: Seals, clock: Clock
    ) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._provider = provider
        self._seals = seals
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[Access, asyncio.Task[Access]] = {}

    async def for_workflow(self, org_id: str, workflow_id: str) -> Access:
        """Return a token of the workflow's authorization. Raises `TemporaryError`, `PermanentError`."""
        return await self._access(org_id, find_for_workflow(self._engine, org_id, workflow_id))

    async def for_authorization(self, org_id: str, authorization_id: str) -> Access:
        """Return a token of an authorization. Raises `TemporaryError`, `PermanentError`."""
        return await self._access(org_id, find_authorization(self._engine, org_id, authorization_id))

    async def renewed(self, refused: Access) -> Access:
        """Return a newer token than one that does not work. Raises `TemporaryError`, `PermanentError`.

        Who asks meanwhile waits for the same renewal; one who leaves does not end it, since its answer may hold the
        only refresh token that still works.
        """
        task = self._under_way.get(refused)
        if task is None:
            task = self._under_way[refused] = asyncio.create_task(self._renew(refused))
            task.add_done_callback(lambda done: self._forget(refused, done))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait for renewals under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _forget(self, refused: Access, done: asyncio.Task[Access]) -> None:
        del self._under_way[refused]
        if not done.cancelled():
            done.exception()  # seen: all who asked may have left

    async def _access(self, org_id: str, finding: Awaitable[Found]) -> Access:
        found = await _read(finding)
        credentials = found.credentials
        if found.named is None:
            raise PermanentError('the workflow has no authorization: set its "authorization_id"')
        if credentials is None:
            raise PermanentError(f'the authorization "{found.named}" does not exist any more')
        access = Access(org_id, credentials.id, self._usable(credentials, org_id).access_token)
        ends_at = credentials.expires_at
        is_fresh = ends_at is None or ends_at > self._clock.now() + EARLY
        return access if is_fresh else await self.renewed(access)

    def _usable(self, stored: Credentials | Authorization, org_id: str) -> Tokens:
        if stored.status != ACTIVE or stored.tokens is None or stored.tokens_key_id is None:
            raise PermanentError(f'the authorization "{stored.id}" was revoked; {_SIGN_IN}')
        try:
            return self._seals.open_tokens(Sealed(stored.tokens_key_id, stored.tokens), org_id, stored.id)
        except DecryptionError as error:
            raise PermanentError(f'the authorization "{stored.id}" cannot be decrypted; {_SIGN_IN}') from error

    async def _renew(self, refused: Access) -> Access:
        async with self._room:
            await self._prepare()
            async with unit_of_work(self._engine, self._doorbell, refused.org_id) as work:
                renewed = await self._renew_in(work, refused)
        if renewed is None:
            gone = f'the provider does not accept the authorization "{refused.authorization_id}" any more'
            raise PermanentError(f"{gone}; {_SIGN_IN}")
        return renewed

    async def _renew_in(self, work: UnitOfWork, refused: Access) -> Access | None:
        """Return the new token; None where there will be none, which is kept so."""
        repository = AuthorizationRepository(work)
        row = await repository.lock_to_renew(refused.authorization_id)
        if row is None:
            raise PermanentError(f'the authorization "{refused.authorization_id}" does not exist any more')
        tokens = self._usable(row, refused.org_id)
        if tokens.access_token != refused.token:  # somebody else has renewed it meanwhile
            return Access(refused.org_id, row.id, tokens.access_token)
        grant = await self._asked(tokens.refresh_token)
        if grant is None:
            await repository.mark_revoked(row.id, self._clock.now())
            return None
        kept = Tokens(grant.access_token, grant.refresh_token or tokens.refresh_token)
        sealed = self._seals.seal_tokens(kept, refused.org_id, row.id)
        await repository.keep_tokens(row.id, sealed, expiry(grant, self._clock.now()))
        return Access(refused.org_id, row.id, grant.access_token)

    async def _prepare(self) -> None:
        """Let the provider be known, so that nothing else has to be asked while the row is locked."""
        if self._provider is None:
            raise PermanentError("authorizations cannot be renewed: VIRGA_OAUTH__ISSUER is not set on this server")
        try:
            await self._provider.metadata()
        except StepError as error:
            raise error.behind(_NOT_RENEWED) from error

    async def _asked(self, refresh_token: str | None) -> Grant | None:
        """Ask the provider for new tokens; None: there is nothing that it would still accept."""
        if self._provider is None or refresh_token is None:
            return None
        try:
            return await self._provider.refresh(refresh_token)
        except RefusedError as error:
            if error.code == "invalid_grant":
                return None
            raise PermanentError(f"the provider refused to renew the authorization ({error.code})") from error
        except StepError as error:
            raise error.behind(_NOT_RENEWED) from error


async def _read(finding: Awaitable[Found]) -> Found:
    try:
        return await finding
    except Exception as error:
        if not is_outage(error):
            raise
        raise TemporaryError("the authorization cannot be read while the database is away") from error
