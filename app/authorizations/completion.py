"""The end of a sign-in: what the provider sends a browser back with becomes an authorization of whoever began it."""

from dataclasses import dataclass, field

from app.audit.repository import AuditRepository
from app.audit.service import AuditTrail, Resource
from app.auth.callers import Caller
from app.authorizations.grants import Grant, RefusedError
from app.authorizations.identity import Identities, Identity, UntrustedError
from app.authorizations.repository import Account, AuthorizationRepository, BegunSignIn, take_sign_in
from app.authorizations.service import RESOURCE
from app.authorizations.tokens import Seals, Secrets, Tokens, expiry, state_hash
from app.core.clock import Clock
from app.core.crypto import DecryptionError
from app.core.db import Engine
from app.core.errors import UnavailableError
from app.core.ids import AUTHORIZATION, IdSource
from app.graph.errors import StepError
from app.queue.client import Doorbell
from app.unit_of_work import UnitOfWork, unit_of_work

_SHOWN_CHARACTERS = 200
_MAX_CODE_CHARACTERS = 4096
_AGAIN = "Begin again with a new sign-in."


class SignInError(Exception):
    """Why a sign-in came to nothing, in sentences for whoever sits at the browser."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings: nobody has vouched for any of it."""

    state: str | None
    code: str | None = field(repr=False)
    error: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Completion:
    """Completes sign-ins for anybody who comes with the state of one. `address` is where they come from."""

    engine: Engine
    doorbell: Doorbell
    identities: Identities
    seals: Seals
    clock: Clock
    ids: IdSource
    address: str

    async def complete(self, returned: Returned) -> Identity:
        """Keep the authorization and return whose it is. Raises `SignInError`."""
        begun, secrets = await self._begun(returned.state)
        provider = self.identities.provider
        code = _code(returned, provider.issuer)
        try:
            grant = await provider.exchange(code, secrets.verifier)
            identity = await self.identities.read(grant, secrets.nonce)
        except RefusedError as error:
            raise SignInError(f"The provider refused the sign-in's code ({error.code}). {_AGAIN}") from error
        except UntrustedError as error:
            raise SignInError(f"{error} {_AGAIN}") from error
        except (StepError, UnavailableError) as error:
            raise SignInError(f"The provider cannot be asked at the moment: {error}. {_AGAIN}", 503) from error
        async with unit_of_work(self.engine, self.doorbell, begun.org_id) as work:
            await self._keep(begun, identity, grant, work)
        return identity

    async def _begun(self, state: str | None) -> tuple[BegunSignIn, Secrets]:
        """Use the state up, and return what it stands for."""
        if not state:
            raise SignInError("This address is where a sign-in ends; it names none.")
        hashed = state_hash(state)
        begun = await take_sign_in(self.engine, hashed)
        if begun is None or begun.expires_at <= self.clock.now():
            raise SignInError(
                f"This sign-in is unknown, was completed before, or took longer than 10 minutes. {_AGAIN}"
            )
        try:
            return begun, self.seals.open_secrets(begun.sealed, begun.org_id, hashed)
        except DecryptionError as error:
            raise SignInError(f"This sign-in cannot be completed any more. {_AGAIN}") from error

    async def _keep(self, begun: BegunSignIn, identity: Identity, grant: Grant, work: UnitOfWork) -> None:
        provider, now = self.identities.provider, self.clock.now()
        scope = grant.scope or " ".join(provider.client.scopes)
        account = Account(provider.name, identity.subject, identity.email, scope)
        new_id = self.ids.new(AUTHORIZATION)
        repository = AuthorizationRepository(work)
        kept_id = await repository.put(account, new_id, now)
        tokens = self.seals.seal_tokens(Tokens(grant.access_token, grant.refresh_token), begun.org_id, kept_id)
        await repository.keep_tokens(kept_id, tokens, expiry(grant, now))
        caller = Caller(begun.org_id, begun.user_id, frozenset())
        trail = AuditTrail(AuditRepository(work), caller, self.address, self.clock, self.ids)
        act = "authorization.create" if kept_id == new_id else "authorization.update"
        after = {"provider": account.provider, "user_id": account.user_id, "email": account.email}
        trail.record(act, Resource(RESOURCE, kept_id), after=after)


def _code(returned: Returned, issuer: str) -> str:
    if returned.issuer not in {None, issuer}:
        raise SignInError(f"This answer comes from another provider than the one that was asked. {_AGAIN}")
    if returned.error:
        raise SignInError(f"The provider says: {returned.error[:_SHOWN_CHARACTERS]}. {_AGAIN}")
    if not returned.code or len(returned.code) > _MAX_CODE_CHARACTERS:
        raise SignInError(f"The provider sent no code that could be used. {_AGAIN}")
    return returned.code
