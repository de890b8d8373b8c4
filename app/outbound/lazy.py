"""A client that loads its libraries with its first call: a process that calls nobody does without them."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from app.graph.ports import HttpAnswer, HttpCall
from app.outbound.addresses import EgressPolicy

if TYPE_CHECKING:
    from app.outbound.client import OutboundClient


class LazyOutboundClient:
    """An `OutboundClient` under `policy`, which it becomes when it is needed. The libraries take 10 MiB of memory."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        self._client: OutboundClient | None = None

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Do what `OutboundClient.call` does."""
        if self._client is None:
            module = await asyncio.to_thread(import_module, "app.outbound.client")  # which takes 0.2 s
            self._client = self._client or module.OutboundClient(self._policy)
        return await self._client.call(call)

    async def aclose(self) -> None:
        """Close what has been opened."""
        if self._client is not None:
            await self._client.aclose()
