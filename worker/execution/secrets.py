"""The secrets of one run: what its steps get to use, and what is masked in everything that they put out."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Self

from app.core.json import JsonObject, JsonValue
from app.graph.errors import StepError
from app.graph.outcome import Call, Failure, Finish, Outcome, Success, Wait
from app.graph.redaction import LEAST_CHARACTERS, MASK, Masker
from worker.execution.vault import Secrets, Vault

OFF_LOOP_BYTES = 64 * 1024  # larger values are masked in a thread
MASKERS = 64  # kept compiled: most runs of a worker are of few workflows
SENT = (
    20  # credentials that a run remembers; a loop may send others in each turn, whose secrets are masked all the same
)

masker_of = lru_cache(MASKERS)(Masker)


class RunSecrets:
    """What one run knows of the vault. It only ever learns: a secret that was rotated meanwhile stays masked.

    With `names` empty it reads nothing, and whatever is to be masked comes back at once.
    """

    def __init__(self, vault: Vault, org_id: str, names: frozenset[str], known: Secrets) -> None:
        self._vault = vault
        self._org_id = org_id
        self._names = names
        self._values: frozenset[str] = frozenset()
        self._sent: tuple[str, ...] = ()
        self._maskers: tuple[Masker, ...] = ()
        self._learn_from({name: known[name] for name in names})

    @classmethod
    async def open(cls, vault: Vault, org_id: str, names: frozenset[str]) -> Self:
        """Return the secrets of something that is about to begin, ready to mask."""
        return cls(vault, org_id, names, await vault.read(org_id, names) if names else {})

    async def look_up(self, names: Collection[str]) -> Secrets:
        """Return the items that a step names, as they are now."""
        if not names:
            return {}
        found = await self._vault.read(self._org_id, names)
        self._learn_from(found)
        return found

    def learn_sent(self, credentials: str) -> None:
        """Mask, from now on, what is sent in place of secrets, where it is more than a secret as it is."""
        is_long = len(credentials) >= LEAST_CHARACTERS  # what is shorter stands elsewhere by chance
        if is_long and credentials not in self._sent and self.text(credentials) != MASK:
            self._sent = (*self._sent, credentials)[-SENT:]
            self._compile()

    @property
    def has_any(self) -> bool:
        """Say whether the run's definition names any secret."""
        return bool(self._names)

    async def guard(self, work: Awaitable[Outcome]) -> Outcome:
        """Await a node's work; what it returns or raises holds no secret. Other errors than `StepError` pass as is."""
        try:
            outcome = await work
        except StepError as error:
            if not self._maskers:
                raise
            raise await self._masked_error(error) from None
        return await self._masked_outcome(outcome) if self._maskers else outcome

    async def masked(self, value: JsonObject) -> JsonObject:
        """Return the object with every secret masked that the run knows of."""
        if not self._maskers:
            return value
        return await asyncio.to_thread(self._mask, value) if _is_large(value) else self._mask(value)

    def _mask(self, value: JsonObject) -> JsonObject:
        masked: JsonValue = value
        for masker in self._maskers:
            masked = masker.mask(masked)
        return masked if isinstance(masked, Mapping) else {}

    def text(self, text: str) -> str:
        """Return a short text with every secret masked that the run knows of."""
        for masker in self._maskers:
            text = masker.text(text)
        return text

    def learn(self, *made: str) -> None:
        """Mask, from now on, secrets that the run has made itself."""
        values = self._values.union(made)
        if values != self._values:
            self._values = values
            self._compile()

    def _learn_from(self, found: Secrets) -> None:
        self.learn(*(secret.value for secret in found.values() if secret.value))

    def _compile(self) -> None:
        """Prepare to mask: first what was sent, which may have secrets in it, then the secrets."""
        sent = (Masker(self._sent),) if self._sent else ()
        self._maskers = (*sent, masker_of(self._values)) if self._values else sent

    async def _masked_outcome(self, outcome: Outcome) -> Outcome:
        match outcome:
            case Success():
                return replace(outcome, output=await self.masked(outcome.output))
            case Failure():
                return replace(outcome, message=self.text(outcome.message), output=await self.masked(outcome.output))
            case Finish():
                message = None if outcome.message is None else self.text(outcome.message)
                return replace(outcome, message=message, output=await self.masked(outcome.output))
            case Call():
                return replace(outcome, payload=await self.masked(outcome.payload))
            case Wait(prompt=prompt) if prompt is not None:
                return replace(outcome, prompt=await self.masked(prompt))
        return outcome

    async def _masked_error(self, error: StepError) -> StepError:
        return replace(error, message=self.text(error.message), output=await self.masked(error.output))


def _is_large(value: JsonValue) -> bool:
    """Say whether masking takes long enough to be done elsewhere."""
    size, waiting = 0, [value]
    while waiting and size <= OFF_LOOP_BYTES:
        one = waiting.pop()
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, Mapping):
            size += sum(map(len, one))
            waiting += one.values()
        elif isinstance(one, Sequence):
            waiting += one
        size += 1
    return size > OFF_LOOP_BYTES
