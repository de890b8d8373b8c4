"""The job behind a ring."""

from collections.abc import Mapping
from typing import Protocol


class Ringable(Protocol):
    def rung(self, run_id: str) -> None: ...


async def execute_run(ctx: Mapping[str, Ringable], run_id: str) -> None:
    """Hand the run to the engine's own slots and return; the engine claims it, or finds that somebody else has."""
    ctx["boarding"].rung(run_id)
