"""What a node sees while the worker attempts it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from app.core.json import JsonValue
from app.graph.context import Renderable, SecretRenderable
from app.graph.errors import PermanentError, TemplateError
from app.graph.ports import Outside
from app.graph.template import VAULT, StepBudget, place_of
from worker.execution.vault import Secrets

OFF_LOOP_BYTES = 64 * 1024  # templates over a larger context are rendered in a thread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StepContext:
    """Implements `app.graph.context.NodeContext` for one attempt."""

    run_id: str
    now: datetime
    attempt: int
    idempotency_key: str
    timeout_seconds: float
    output_bytes: int
    outside: Outside
    settings: BaseModel  # the node's, in which its templates stand
    roots: Mapping[str, JsonValue]
    context_bytes: int
    secrets: Secrets  # those that the node names, as they were just before the attempt
    budget: StepBudget = field(default_factory=StepBudget)

    async def render(self, template: Renderable[T], own: Mapping[str, JsonValue] | None = None) -> T:
        return await self._render(template, {**self.roots, **own} if own else self.roots)

    async def render_secret(self, template: SecretRenderable[T]) -> T:
        named = {name: self.secrets[name].reveal() for name in sorted(template.vault_names)}
        return await self._render(template, {**self.roots, VAULT: named} if named else self.roots)

    async def _render(self, template: Renderable[T], roots: Mapping[str, JsonValue]) -> T:
        try:
            if template.is_slow or self.context_bytes > OFF_LOOP_BYTES:
                return await asyncio.to_thread(template.render, roots, self.budget)
            return template.render(roots, self.budget)
        except TemplateError as error:
            place = place_of(template, self.settings)
            raise PermanentError(f'"{place}": {error.message}' if place else error.message) from error
