"""Showing forms, and taking the one answer that each of them gets."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.auth.callers import Caller
from app.core.clock import Clock, format_time
from app.core.db import Engine
from app.core.json import JsonObject, JsonValue, dumps
from app.graph.form.judging import BUTTON, Judged, defaults, has_rules, judge, pressed
from app.graph.form.prompt import Button, Prompt
from app.graph.form.reading import FaultError
from app.http.errors import BodyTooLargeError
from app.http.rate_limit import RateLimiter
from app.interactions.errors import InteractionClosedError, InteractionNotFoundError
from app.interactions.repository import FormFound, find_form
from app.interactions.schemas import InteractionAnswer
from app.queue.client import Doorbell
from app.runs.form_tokens import FormTokens, token_hash
from app.runs.repository.answers import answer_form
from app.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class View:
    """A form as it is shown: with what was entered, which fields that leaves, and what is wrong with it by place."""

    prompt: Prompt
    expires_at: datetime | None
    entered: JsonObject
    visible: frozenset[str]
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that counts."""

    prompt: Prompt
    button: Button


@dataclass(frozen=True, slots=True)
class _Open:
    found: FormFound
    prompt: Prompt

    def view(self, entered: JsonObject, judged: Judged, faults: Mapping[str, str] | None = None) -> View:
        return View(self.prompt, self.found.due_at, entered, judged.visible, faults or {})


@dataclass(frozen=True, slots=True)
class InteractionService:
    """Serves whoever has a form's token; `per_minute` is how often one may be asked for, 0: as often as they like."""

    lookups: Engine
    engine: Engine
    doorbell: Doorbell
    clock: Clock
    tokens: FormTokens
    limiter: RateLimiter
    per_minute: int
    answer_bytes: int  # the largest answer that a step can put out

    async def show(self, token: str) -> View:
        """Return the form as nobody has touched it.

        Raises `InteractionNotFoundError`, `InteractionClosedError`, `RateLimitedError`.
        """
        asked = await self._find(token)
        entered = defaults(asked.prompt)
        return asked.view(entered, await self._judge(asked.prompt, entered))

    async def answer(self, token: str, given: InteractionAnswer, caller: Caller | None) -> View | Accepted:
        """Take the answer; return the form again where something is wrong with it, or where it was only a question.

        Raises what `show` does, and `BodyTooLargeError`.
        """
        asked = await self._find(token)
        judged = await self._judge(asked.prompt, given.values)
        if given.preview:
            return asked.view(given.values, judged)
        try:
            button = pressed(asked.prompt, given.button)
        except FaultError as fault:
            return asked.view(given.values, judged, {BUTTON: str(fault), **judged.faults})
        if judged.faults:
            return asked.view(given.values, judged, judged.faults)
        await self._keep(asked.found, button, judged.values, caller)
        return Accepted(asked.prompt, button)

    async def _keep(self, form: FormFound, button: Button, values: JsonObject, caller: Caller | None) -> None:
        now = self.clock.now()
        # Who belongs to another organization is nobody here, whatever he is called there.
        submitted_by = caller.subject if caller and caller.org_id == form.org_id else None
        answer = {
            BUTTON: button.id,
            "values": values,
            "submitted_by": submitted_by,
            "submitted_at": format_time(now),
        }
        if len(dumps(answer).encode()) > self.answer_bytes:
            raise BodyTooLargeError(f"The answer is larger than {self.answer_bytes} bytes.")
        async with unit_of_work(self.engine, self.doorbell, form.org_id) as work:
            echo = await answer_form(await work.driver(), form.place, answer, now)
            if echo is None:
                raise InteractionClosedError
            work.rings += echo.rings
            work.notices += echo.notices

    async def _find(self, token: str) -> _Open:
        """Return the form. Tokens that are none of ours cost no look into the database."""
        if not self.tokens.is_ours(token):
            raise InteractionNotFoundError
        hashed = token_hash(token)
        if self.per_minute > 0:
            await self.limiter.take(f"form:{hashed.hex()}", self.per_minute)
        found = await find_form(self.lookups, hashed)
        if found is None or found.is_closed or (found.due_at is not None and found.due_at <= self.clock.now()):
            raise InteractionClosedError
        try:
            return _Open(
                found, await asyncio.to_thread(Prompt.read, found.prompt)
            )  # its rules may take seconds to read
        except ValueError:  # another version of the server has written it
            raise InteractionClosedError from None

    async def _judge(self, prompt: Prompt, entered: Mapping[str, JsonValue]) -> Judged:
        now = format_time(self.clock.now())
        if has_rules(prompt):
            return await asyncio.to_thread(judge, prompt, entered, now)
        return judge(prompt, entered, now)
