"""Authorizations, and sign-ins under way, in the database."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Executable, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.authorizations.schemas import ACTIVE, REVOKED
from app.core.crypto import Sealed
from app.models import Authorization, AuthorizationState, Workflow
from app.unit_of_work import UnitOfWork

REST_SECONDS = 15  # longer than the provider may take; only the authorization's own row is held meanwhile

_MAY_REST = text(f"SELECT set_config('idle_in_transaction_session_timeout', '{REST_SECONDS}s', true)")
_TAKE_STATE = text("SELECT * FROM virga_take_authorization_state(:hash)")


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a provider, as an organization has let us act in its name."""

    provider: str
    user_id: str
    email: str | None
    scope: str


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """Who began a sign-in, what only we know of it, and until when it can be completed."""

    org_id: str
    user_id: str
    sealed: Sealed
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What of an authorization calls are made with, as it is stored."""

    id: str
    status: str
    tokens: bytes | None
    tokens_key_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """An authorization that somebody named, if anybody did, and what there is of it."""

    named: str | None
    credentials: Credentials | None


_CREDENTIALS = (
    Authorization.id,
    Authorization.status,
    Authorization.tokens,
    Authorization.tokens_key_id,
    Authorization.expires_at,
)


class AuthorizationRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def newest_first(self) -> Sequence[Authorization]:
        found = select(Authorization).where(*self._own()).order_by(Authorization.id.desc())
        return (await self._session.scalars(found)).all()

    async def exists(self, authorization_id: str) -> bool:
        """Say whether there is one, which then stays until the commit."""
        found = select(Authorization.id).where(*self._own(authorization_id))
        return await self._session.scalar(found.with_for_update(read=True, key_share=True)) is not None

    async def lock_to_remove(self, authorization_id: str) -> Authorization | None:
        """Return it once nobody else changes it or takes it into use."""
        return await self._session.scalar(select(Authorization).where(*self._own(authorization_id)).with_for_update())

    async def lock_to_renew(self, authorization_id: str) -> Authorization | None:
        """Return it once nobody else changes it. The transaction may then rest while the provider is asked."""
        await self._session.execute(_MAY_REST)
        found = select(Authorization).where(*self._own(authorization_id))
        return await self._session.scalar(found.with_for_update(key_share=True))

    async def workflows_with(self, authorization_id: str) -> Sequence[tuple[str, str]]:
        """Return (id, name) of each workflow that names it."""
        of_it = (Workflow.org_id == self._org_id, Workflow.authorization_id == authorization_id)
        found = select(Workflow.id, Workflow.name).where(*of_it, Workflow.deleted_at.is_(None)).order_by(Workflow.id)
        return [(row.id, row.name) for row in await self._session.execute(found)]

    async def remove(self, authorization_id: str) -> None:
        await self._session.execute(delete(Authorization).where(*self._own(authorization_id)))

    async def put(self, account: Account, new_id: str, now: datetime) -> str:
        """Return the id of the account's authorization, which is active from now on: `new_id`, or the one it has."""
        values = {
            "id": new_id,
            "org_id": self._org_id,
            "user_id": account.user_id,
            "provider": account.provider,
            "status": ACTIVE,
            "email": account.email,
            "scope": account.scope,
            "created_at": now,
            "updated_at": now,
        }
        changed = {name: values[name] for name in ("status", "email", "scope", "updated_at")}
        account_columns = [Authorization.org_id, Authorization.provider, Authorization.user_id]
        put = insert(Authorization).values(values).on_conflict_do_update(index_elements=account_columns, set_=changed)
        return (await self._session.execute(put.returning(Authorization.id))).scalar_one()

    async def keep_tokens(self, authorization_id: str, tokens: Sealed, expires_at: datetime | None) -> None:
        values = {"tokens": tokens.blob, "tokens_key_id": tokens.key_id, "expires_at": expires_at}
        await self._session.execute(update(Authorization).where(*self._own(authorization_id)).values(values))

    async def mark_revoked(self, authorization_id: str, now: datetime) -> None:
        values = {"status": REVOKED, "updated_at": now}
        await self._session.execute(update(Authorization).where(*self._own(authorization_id)).values(values))

    async def begin(self, hashed: bytes, begun: BegunSignIn, now: datetime) -> None:
        """Keep a sign-in under way, and forget those of the organization that nobody completed."""
        state = AuthorizationState
        await self._session.execute(delete(state).where(state.org_id == self._org_id, state.expires_at <= now))
        values = {"sealed": begun.sealed.blob, "sealed_key_id": begun.sealed.key_id, "expires_at": begun.expires_at}
        row = {"state_hash": hashed, "org_id": self._org_id, "user_id": begun.user_id, **values}
        await self._session.execute(insert(state).values(row))

    def _own(self, authorization_id: str | None = None) -> list[ColumnElement[bool]]:
        mine = [Authorization.org_id == self._org_id]
        return mine if authorization_id is None else [*mine, Authorization.id == authorization_id]


async def take_sign_in(engine: AsyncEngine, hashed: bytes) -> BegunSignIn | None:
    """Return a sign-in under way, which nobody else will be given."""
    async with _autocommit(engine) as connection:
        row = (await connection.execute(_TAKE_STATE, {"hash": hashed})).one_or_none()
    if row is None:
        return None
    return BegunSignIn(row.org_id, row.user_id, Sealed(row.sealed_key_id, row.sealed), row.expires_at)


async def find_for_workflow(engine: AsyncEngine, org_id: str, workflow_id: str) -> Found:
    """Return the authorization that the workflow names at this moment."""
    is_named = (Authorization.id == Workflow.authorization_id) & (Authorization.org_id == Workflow.org_id)
    found = select(Workflow.authorization_id, *_CREDENTIALS).outerjoin(Authorization, is_named)
    return await _found(engine, found.where(Workflow.org_id == org_id, Workflow.id == workflow_id))


async def find_authorization(engine: AsyncEngine, org_id: str, authorization_id: str) -> Found:
    """Return one by its id."""
    found = select(Authorization.id, *_CREDENTIALS)
    one = await _found(engine, found.where(Authorization.org_id == org_id, Authorization.id == authorization_id))
    return Found(authorization_id, one.credentials)


async def _found(engine: AsyncEngine, asked: Executable) -> Found:
    async with _autocommit(engine) as connection:
        row = (await connection.execute(asked)).one_or_none()
    if row is None or row[1] is None:
        return Found(row[0] if row else None, None)
    return Found(row[0], Credentials(*row[1:]))


def _autocommit(engine: AsyncEngine) -> AbstractAsyncContextManager[AsyncConnection]:
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()
