"""SSH as nodes reach it in a worker, most of which never need the library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.graph.ports import Ssh, SshSession, SshTarget
from app.outbound.dialling import Dialler
from worker.adapters.loading import OnFirstUse


class LazySsh:
    """Implements `app.graph.ports.Ssh` by a `Connector` that is loaded with the first connection: it takes 0.4 s."""

    def __init__(self, dialler: Dialler) -> None:
        self._connector = OnFirstUse[Ssh]("worker.adapters.ssh.connecting", "Connector", dialler)

    @asynccontextmanager
    async def connect(self, target: SshTarget) -> AsyncIterator[SshSession]:
        """See the port."""
        connector = await self._connector.get()
        async with connector.connect(target) as session:
            yield session
