"""Doing once what is asked several times with one key: the first answer is kept with the work and given again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from app.core.clock import Clock
from app.http.idempotency.errors import IdempotencyKeyReusedError
from app.http.idempotency.gate import KeyGate
from app.http.idempotency.repository import KeyRepository
from app.unit_of_work import UnitOfWork

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request that carries a key. `request_hash` is the SHA-256 of its query and its body, as they were sent."""

    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a key is for: equal keys of other routes or resources have nothing to do with each other."""

    route: str
    resource: str


@dataclass(frozen=True, slots=True)
class Once:
    """One request, with or without a key. `mark_replayed` is called where the answer is an earlier one."""

    keyed: Keyed | None
    clock: Clock
    gate: KeyGate
    mark_replayed: Callable[[], None]

    async def answer(
        self, work: UnitOfWork, purpose: Purpose, kind: type[Answer], act: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Return what `act` does in this transaction, or what it came to when the same was asked before.

        Raises `IdempotencyKeyReusedError`, `IdempotencyInProgressError`, and whatever `act` raises, which undoes the
        claim to the key as well.
        """
        if self.keyed is None:
            return await act()
        async with self.gate.passing((work.org_id, purpose.route, purpose.resource, self.keyed.key)):
            row = KeyRepository(work, purpose.route, purpose.resource, self.keyed.key)
            earlier = await row.claim(self.keyed.request_hash, self.clock.now())
            if earlier is None:
                answer = await act()
                await row.store(answer.model_dump_json())
                return answer
        if earlier.request_hash != self.keyed.request_hash:
            raise IdempotencyKeyReusedError
        self.mark_replayed()
        return kind.model_validate_json(earlier.answer)
