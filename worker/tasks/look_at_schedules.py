"""The job behind a schedule that was saved."""

from collections.abc import Callable, Mapping


async def look_at_schedules(ctx: Mapping[str, Callable[[], None]], workflow_id: str) -> None:  # noqa: ARG001 -- a look sees all
    """Let this worker look at once, so that it knows when the next schedule is due."""
    ctx["look_soon"]()
