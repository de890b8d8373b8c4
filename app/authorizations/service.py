"""Authorizations of one organization: listing them, beginning a sign-in, and letting one go."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.audit.service import AuditTrail, Resource
from app.authorizations import schemas
from app.authorizations.errors import (
    AuthorizationInUseError,
    AuthorizationNotFoundError,
    SignInNotSetUpError,
    SignInUnavailableError,
)
from app.authorizations.provider import Provider
from app.authorizations.repository import AuthorizationRepository, BegunSignIn
from app.authorizations.tokens import Seals, Secrets, Tokens, state_hash
from app.core.clock import Clock
from app.core.crypto import DecryptionError, Sealed
from app.core.db import Engine
from app.graph.errors import StepError
from app.models import Authorization
from app.queue.client import Doorbell
from app.unit_of_work import UnitOfWork, unit_of_work

SIGN_IN_MINUTES = 10
RESOURCE = "authorization"  # as the audit log calls it
_STATE_BYTES = 32
_VERIFIER_BYTES = 48

TrailIn = Callable[[UnitOfWork], AuditTrail]


@dataclass(frozen=True, slots=True)
class AuthorizationService:
    """What one request does with authorizations.

    Each act has a transaction of its own, so that none is open while the provider is being asked.
    """

    engine: Engine
    doorbell: Doorbell
    org_id: str
    provider: Provider | None
    seals: Seals
    trail_in: TrailIn
    clock: Clock

    async def list(self) -> list[schemas.Authorization]:
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            return [shown(row) for row in await AuthorizationRepository(work).newest_first()]

    async def begin(self, user_id: str) -> schemas.SignIn:
        """Return where to sign in. Raises `SignInNotSetUpError`, `SignInUnavailableError`."""
        if self.provider is None:
            raise SignInNotSetUpError
        state, nonce = secrets.token_urlsafe(_STATE_BYTES), secrets.token_urlsafe(_STATE_BYTES)
        kept = Secrets(secrets.token_urlsafe(_VERIFIER_BYTES), nonce)
        try:
            url = await self.provider.sign_in_url(state, nonce, kept.verifier)
        except StepError as error:
            raise SignInUnavailableError(error.message) from error
        hashed, now = state_hash(state), self.clock.now()
        sealed = self.seals.seal_secrets(kept, self.org_id, hashed)
        begun = BegunSignIn(self.org_id, user_id, sealed, now + timedelta(minutes=SIGN_IN_MINUTES))
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            await AuthorizationRepository(work).begin(hashed, begun, now)
        return schemas.SignIn(url=url)

    async def delete(self, authorization_id: str) -> None:
        """Let it go, and then tell the provider, who may not hear it.

        Raises `AuthorizationNotFoundError`, `AuthorizationInUseError`.
        """
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            tokens = await self._remove(authorization_id, work)
        if self.provider is not None and tokens is not None:
            await self.provider.revoke(tokens.refresh_token or tokens.access_token)

    async def _remove(self, authorization_id: str, work: UnitOfWork) -> Tokens | None:
        repository = AuthorizationRepository(work)
        found = await repository.lock_to_remove(authorization_id)
        if found is None:
            raise AuthorizationNotFoundError(authorization_id)
        users = await repository.workflows_with(authorization_id)
        if users:
            raise AuthorizationInUseError(users)
        await repository.remove(authorization_id)
        before = shown(found).model_dump(mode="json")
        self.trail_in(work).record("authorization.delete", Resource(RESOURCE, authorization_id), before=before)
        return self._opened(found)

    def _opened(self, found: Authorization) -> Tokens | None:
        """Return the tokens. What cannot be opened any more is let go all the same."""
        if found.tokens is None or found.tokens_key_id is None:
            return None
        try:
            return self.seals.open_tokens(Sealed(found.tokens_key_id, found.tokens), self.org_id, found.id)
        except DecryptionError:
            return None


def shown(row: Authorization) -> schemas.Authorization:
    return schemas.Authorization.model_validate(row, from_attributes=True)
