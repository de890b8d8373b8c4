"""What a node sees while the worker attempts it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from app.core.json import JsonValue
from app.graph.context import Renderable
from app.graph.errors import PermanentError, TemplateError
from app.graph.ports import Http
from app.graph.template import StepBudget

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
    http: Http
    roots: Mapping[str, JsonValue]
    context_bytes: int
    budget: StepBudget = field(default_factory=StepBudget)

    async def render(self, template: Renderable[T]) -> T:
        try:
            if self.context_bytes > OFF_LOOP_BYTES:
                return await asyncio.to_thread(template.render, self.roots, self.budget)
            return template.render(self.roots, self.budget)
        except TemplateError as error:
            raise PermanentError(error.message) from error
