"""Where examples are played: the API, a worker, and doubles of all that they call. Each test is an organization."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.examples.files import Workflow, example, pointed, vault_names, without_pauses
from tests.examples.outside import Outside
from tests.factories.webhooks import path_of
from tests.fixtures.api import Client, json_of
from tests.fixtures.mail_servers import MailTarget
from tests.worker.office import IS_PARKED
from tests.worker.world import World, until_true

_NOT_DUE = "FROM run_waits WHERE run_id = ANY(:ids) AND kind IN ('delay', 'retry') AND due_at > :now"
_HAS_RUN = "SELECT count(*) > 0 FROM runs WHERE workflow_id = :id"

Run = dict[str, Any]


def secret_of(item: str) -> str:
    """Return what the vault keeps under a name."""
    return f"the secret of {item}"


def sent_with(item: str) -> str:
    """Return the header that such a secret makes as a bearer token."""
    return f"Bearer {secret_of(item)}"


@dataclass(frozen=True)
class Stage:
    api: Client
    world: World
    outside: Outside
    mail: MailTarget
    ids: dict[str, str] = field(default_factory=dict)  # what stands in files, and what the server made of it
    kept: set[str] = field(default_factory=set)

    async def save(
        self, name: str, change: Callable[[Workflow], object] = lambda _: None, *, pauses: bool = False
    ) -> Workflow:
        """Save an example as it is but for the places that it calls, `change`, and, without `pauses`, those of retries.

        What it reads of the vault is put there.
        """
        workflow = pointed(example(name), self.outside.url(""), self.mail.port)
        for item in vault_names(workflow) - self.kept:
            await self.keep(item, secret_of(item))
        for data in (node["data"] for node in workflow["nodes"] if "workflow_id" in node["data"]):
            data["workflow_id"] = self.ids.get(data["workflow_id"], data["workflow_id"])
        own_id = workflow.pop("id", None)
        change(workflow)
        saved = await self.api.created(workflow if pauses else without_pauses(workflow))
        if own_id:
            self.ids[own_id] = saved["id"]
        return saved

    async def keep(self, name: str, secret: str) -> str:
        """Put a secret into the vault, and return the item's id."""
        self.kept.add(name)
        made = json_of(await self.api.post("/workflows/vault", json={"name": name, "secret": secret}), 201)
        return str(made["id"])

    async def executed(self, workflow: Workflow, context: Mapping[str, object]) -> Run:
        """Start it by hand and return the run's end."""
        return await self.ended(await self.started(workflow, context))

    async def started(self, workflow: Workflow, context: Mapping[str, object]) -> str:
        """Start it by hand and return the run's id."""
        answer = await self.api.post(f"/workflows/{workflow['id']}/execute", json={"context": context})
        return str(json_of(answer, 202)["id"])

    async def posted(self, workflow: Workflow, body: object, **headers: str) -> str:
        """Call its webhook and return the run's id."""
        sent = await self.api.anonymous().post(path_of(workflow), json=body, headers=headers)
        return str(json_of(sent, 202)["id"])

    async def hooked(self, workflow: Workflow, body: object) -> Run:
        """Call its webhook and return the run's end."""
        return await self.ended(await self.posted(workflow, body))

    async def ticked(self, workflow: Workflow) -> str:
        """Let its schedule be due, and return the id of the run that a worker starts."""
        moment = self.world.clock.now()
        await self.world.execute(
            "UPDATE workflows SET next_run_at = :now WHERE id = :id", id=workflow["id"], now=moment
        )
        self.world.look()
        await self.world.holds(_HAS_RUN, id=workflow["id"])
        return str((await self.world.rows("SELECT id FROM runs WHERE workflow_id = :id", id=workflow["id"]))[0].id)

    async def happened(self, event: str, **payload: object) -> list[str]:
        """Send an event and return the runs that it starts."""
        answer = await self.api.post("/workflows/events", json={"event": event, "payload": payload})
        started: list[str] = json_of(answer, 202)["started"]
        return started

    async def ended(self, *run_ids: str) -> Run:
        """Let the time of each delay and each further attempt come, until all runs are over; return the first."""

        async def are_over() -> bool:
            await self.hurry(*run_ids)
            ends = "SELECT count(*) = 0 FROM runs WHERE id = ANY(:ids) AND status NOT IN ('completed', 'failed')"
            return bool((await self.world.rows(ends, ids=list(run_ids)))[0][0])

        await until_true(are_over)
        return await self.run(run_ids[0])

    async def hurry(self, *run_ids: str) -> None:
        """Let the time of all delays and further attempts come."""
        now, ids = self.world.clock.now(), list(run_ids)
        if (await self.world.rows(f"SELECT count(*) {_NOT_DUE}", ids=ids, now=now))[0][0]:
            due = "UPDATE {} SET due_at = :now WHERE {} = ANY(:ids) AND due_at > :now"
            await self.world.execute(due.format("run_waits", "run_id") + " AND kind <> 'form'", ids=ids, now=now)
            await self.world.execute(due.format("runs", "id"), ids=ids, now=now)
            self.world.look()

    async def parked(self, run_id: str) -> dict[str, str]:
        """Wait until a run waits for a person, and return the addresses of its forms, by node."""
        await self.world.holds(IS_PARKED, id=run_id)
        return {one["node_id"]: one["url"] for one in (await self.run(run_id))["interactions"]}

    async def answered(self, url: str, button: str, **values: object) -> None:
        sent = await self.api.anonymous().post(url, json={"button": button, "values": values})
        json_of(sent, 200)

    async def expired(self, run_id: str) -> None:
        """Let the time of the form be over that a run waits for."""
        now = self.world.clock.now()
        await self.world.execute("UPDATE run_waits SET due_at = :now WHERE run_id = :id", id=run_id, now=now)
        await self.world.execute("UPDATE runs SET due_at = :now WHERE id = :id", id=run_id, now=now)
        self.world.look()

    async def run(self, run_id: str) -> Run:
        return json_of(await self.api.get(f"/workflows/runs/{run_id}"), 200)

    async def asked(self, workflow: Workflow, payload: Mapping[str, object]) -> tuple[int, Any]:
        """Call a synchronous workflow and return the answer's status and body."""
        sent = await self.api.post(f"/workflows/sync/{workflow['id']}", json=payload)
        return sent.status_code, sent.json()


def steps(run: Run) -> list[str]:
    """Return the nodes that ran, without those that failed on the way to a further attempt, in order."""
    return [log["node_id"] for log in run["logs"] if log["status"] != "warning"]


def output(run: Run, node_id: str) -> Any:
    """Return what a node has put out in its last attempt."""
    return [log["output"] for log in run["logs"] if log["node_id"] == node_id][-1]
