"""The API and workers on one database: runs that wait for a person, and how a test answers."""

from dataclasses import dataclass

from tests.fixtures.api import Client, json_of
from tests.fixtures.target import Target
from tests.worker.world import Json, World, call, chain, edge, node, text, until

BUTTONS = [{"id": "yes"}, {"id": "no"}]
IS_OPEN = "SELECT count(*) = 1 FROM run_waits WHERE run_id = :id AND token_hash IS NOT NULL"
IS_PARKED = "SELECT status = 'awaiting_ui_interaction' AND lease_owner IS NULL FROM runs WHERE id = :id"


def form(node_id: str = "f", **settings: object) -> dict[str, object]:
    return node(node_id, "interactive_form", **{"title": "Well?", "buttons": BUTTONS, **settings})


@dataclass(frozen=True)
class Office:
    """The API and a world, with the same keys."""

    api: Client
    world: World

    async def started(self, nodes: list[dict[str, object]], edges: list[dict[str, object]]) -> str:
        saved = await self.api.created({"name": "Test", "nodes": nodes, "edges": edges})
        return str((await self.api.started(saved["id"]))["id"])

    async def parked(self, *nodes: dict[str, object]) -> str:
        """Return a run that waits for the form `f`, behind which `yes`, `no` and `late` stand."""
        before = chain(*nodes, form(expires_in_seconds=600))
        behind = [text(name, name) for name in ("yes", "no", "late")]
        edges = [edge("f", "yes", "yes"), edge("f", "no", "no"), edge("f", "late", "expired")]
        run = await self.started([*before[0], *behind], [*before[1], *edges])
        await self.world.holds(IS_PARKED, id=run)
        return run

    async def run(self, run: str) -> Json:
        return json_of(await self.api.get(f"/workflows/runs/{run}"), 200)

    async def urls(self, run: str) -> dict[str, str]:
        """Return the addresses of the forms that a run waits for, by node."""
        return {one["node_id"]: one["url"] for one in (await self.run(run)).get("interactions", [])}

    async def answer(self, url: str, button: str = "yes", **values: object) -> int:
        """Answer a form and return the status."""
        sent = await self.api.anonymous().post(url, json={"button": button, "values": values})
        return sent.status_code


def beside_a_call(target: Target) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return a form beside a call that goes on, so that the run stays leased; behind it, calls of `/yes` or `/late`."""
    nodes = [node("t", "manual_trigger"), call("slow", target.url("/slow")), form(expires_in_seconds=600)]
    nodes += [call(name, target.url(f"/{name}")) for name in ("yes", "late")]
    edges = [edge("t", "slow"), edge("t", "f"), edge("f", "yes", "yes"), edge("f", "late", "expired")]
    return nodes, edges


async def until_called(target: Target, path: str, times: int = 1) -> None:
    await until(lambda: called(target).count(path) == times)


def called(target: Target) -> list[str]:
    """Return the paths that were called, in order."""
    return [request.split()[1].decode() for request in target.requests]
