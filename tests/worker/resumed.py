"""The API and workers on one database: runs that fail, and runs that go on behind one of their nodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.fixtures.api import Client, json_of
from tests.fixtures.target import Target, answer
from tests.worker.world import Json, World

BROKEN = answer(status="500 Internal Server Error")


@dataclass(frozen=True)
class House:
    """Everything that a run passes through. `target` is where its calls go."""

    api: Client
    world: World
    target: Target

    async def save(self, nodes: Sequence[Json], edges: Sequence[Json]) -> str:
        """Save a workflow and return its id."""
        saved = await self.api.created({"name": "Test", "nodes": list(nodes), "edges": list(edges)})
        return str(saved["id"])

    async def change(self, workflow_id: str, nodes: Sequence[Json], edges: Sequence[Json]) -> None:
        body = {"nodes": list(nodes), "edges": list(edges)}
        json_of(await self.api.put(f"/workflows/{workflow_id}", json=body), 200)

    async def failed(self, workflow_id: str, **context: object) -> str:
        """Start a run, let it fail, and return its id. From then on the target answers well."""
        run = await self.api.started(workflow_id, **context)
        async with self.world.worker():
            [row] = await self.world.ended(run["id"])
        assert row.status == "failed", row.error_message
        self.target.answers = (answer(),)
        return str(run["id"])

    async def resumed(self, run_id: str, node_id: str, **query: str) -> str:
        """Resume a run from a node and return the new run's id."""
        path = f"/workflows/runs/{run_id}/resume-from/{node_id}"
        repeated = json_of(await self.api.post(path, params=query), 202)
        return str(repeated["new_run"]["id"])

    async def ended(self, run_id: str) -> Any:
        """Let a worker end the run and return its row."""
        async with self.world.worker():
            [row] = await self.world.ended(run_id)
        return row

    async def steps(self, run_id: str) -> list[tuple[str, bool]]:
        """Return (node, inherited) of each log, in order."""
        return [(log.node_id, log.inherited) for log in await self.world.logs(run_id)]

    @property
    def called(self) -> list[str]:
        """Return the paths that were called, in order."""
        return [request.split()[1].decode() for request in self.target.requests]
