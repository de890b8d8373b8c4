"""Trying a node out: a worker runs it once, with made-up values before it, and nothing of it stays."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from app.authorizations.repository import AuthorizationRepository
from app.core.clock import Clock
from app.core.crypto import Keyring, Sealed
from app.core.db import Engine
from app.core.ids import NODE_TEST, IdSource
from app.core.json import dumps, loads_object
from app.graph import wire
from app.graph.errors import Issue, Severity
from app.graph.validation import validate_node
from app.node_tests.errors import no_worker
from app.node_tests.repository import NodeTestRepository
from app.node_tests.schemas import NodeTestCreate, NodeTestResult
from app.nodes import CATALOGUE
from app.queue.client import Doorbell
from app.queue.notes import Hub
from app.unit_of_work import unit_of_work
from app.workflows.authorized import AuthorizationCheck
from app.workflows.errors import GraphInvalidError

LIFETIME_SECONDS = 60.0  # of a request and its answer, whoever still waits for it


@dataclass(frozen=True, slots=True)
class NodeTestService:
    """Hands nodes of one organization to workers, and waits for what comes of them."""

    engine: Engine
    doorbell: Doorbell
    hub: Hub
    keyring: Keyring
    clock: Clock
    ids: IdSource
    org_id: str

    async def run(self, body: NodeTestCreate) -> NodeTestResult:
        """Return what the node has put out. Raises `GraphInvalidError`, and `UnavailableError` after a minute."""
        await asyncio.to_thread(_refuse_faults, body)
        test_id = self.ids.new(NODE_TEST)
        with self.hub.listening(test_id) as noted:
            try:
                await self._ask(test_id, body)
                return await self._answer(test_id, noted)
            finally:  # also where asking was broken off once the request was committed
                await asyncio.shield(self._forget(test_id))

    async def _ask(self, test_id: str, body: NodeTestCreate) -> None:
        request = self.keyring.encrypt(dumps(body.model_dump()).encode(), org_id=self.org_id, item_id=test_id)
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            check = AuthorizationCheck(AuthorizationRepository(work))
            faults = await check.issues([body.node], body.authorization_id)
            if faults:
                raise GraphInvalidError(faults)
            expires_at = self.clock.now() + timedelta(seconds=LIFETIME_SECONDS)
            NodeTestRepository(work).add(test_id, request, expires_at)
        await self.doorbell.ring_urgently([test_id])

    async def _answer(self, test_id: str, noted: asyncio.Event) -> NodeTestResult:
        try:
            async with asyncio.timeout(LIFETIME_SECONDS):
                return await self._look_for_answer(test_id, noted)
        except TimeoutError:
            raise no_worker() from None

    async def _look_for_answer(self, test_id: str, noted: asyncio.Event) -> NodeTestResult:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.hub.pace_seconds):
                    await noted.wait()
            noted.clear()
            async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
                sealed = await NodeTestRepository(work).answer(test_id)
            if sealed is not None:
                return self._opened(sealed, test_id)

    def _opened(self, sealed: Sealed, test_id: str) -> NodeTestResult:
        plain = self.keyring.decrypt(sealed, org_id=self.org_id, item_id=test_id)
        return NodeTestResult.model_validate(loads_object(plain))

    async def _forget(self, test_id: str) -> None:
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            await NodeTestRepository(work).delete(test_id)


def _refuse_faults(body: NodeTestCreate) -> None:
    definition, misread = wire.read([body.node], [])
    found: Sequence[Issue] = [*misread, *validate_node(definition, CATALOGUE)]
    errors = [replace(issue, path=_path_of(issue)) for issue in found if issue.severity is Severity.ERROR]
    if errors:
        raise GraphInvalidError(errors)


def _path_of(issue: Issue) -> str:
    """Write `nodes[0].data.url` as `node.data.url`."""
    return issue.path.replace("nodes[0]", "node", 1)
