"""The job behind a deletion."""

import asyncio
from collections.abc import Mapping


async def remove_workflow(ctx: Mapping[str, asyncio.Event], workflow_id: str) -> None:  # noqa: ARG001 -- one removes all
    """Wake the removal of deleted workflows; it finds them by itself."""
    ctx["deleted_workflows"].set()
