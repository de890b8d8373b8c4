"""Who asks the API for everything, and keeps the accounts of what it answered."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from tests.faults.accounts import Accepted, Accounts, Flow
from tests.faults.invariants import Asked
from tests.faults.shapes import EVENT, SHAPES, behind, calls
from tests.fixtures.api import PUBLIC_URL, Client
from tests.fixtures.target import Target

_OTHERS = "SELECT id FROM workflows WHERE org_id = :org AND id <> ALL(:known)"
_FORMS = "SELECT DISTINCT run_id FROM run_waits WHERE kind = 'form' AND resolved_at IS NULL"


class Customer:
    """Acts for one organization. Every request may be answered with 503: then nobody knows what came of it."""

    def __init__(self, api: Client, asked: Asked, target: Target) -> None:
        self._api = api
        self._asked = asked
        self._target = target
        self.accounts = Accounts()

    async def create(self, shape: str, trigger: str, callee: Flow | None = None) -> Flow | None:
        flow = Flow("", shape, trigger, {"v1"}, callee=callee)
        answer = await self._ask("POST", "", {201, 422} if callee else {201}, self._body(flow, "v1"))
        saved = await self._unheard() if answer is None else answer.json()
        if "id" not in saved:
            return None  # it was not created, or the one that it calls was deleted
        flow.id, flow.path = saved["id"], (saved.get("webhook_url") or "").removeprefix(PUBLIC_URL)
        self.accounts.flows[flow.id] = flow
        return flow

    async def _unheard(self) -> Mapping[str, Any]:
        """Return the workflow that was created although nobody heard of it, if it was."""
        known = list(self.accounts.flows)
        for row in await self._asked.rows(_OTHERS, org=self._api.org_id, known=known):
            while (answer := await self._ask("GET", f"/{row.id}", {200})) is None:
                pass
            return dict(answer.json())
        return {}

    def _body(self, flow: Flow, label: str) -> dict[str, object]:
        if flow.callee is not None:
            graph = calls(self._target, label, flow.callee.id, waits=flow.shape == "calling")
        else:
            graph = SHAPES[flow.shape](self._target, label)
        nodes, edges = behind(flow.trigger, graph)
        return {"name": flow.shape, "nodes": nodes, "edges": edges}

    async def edit(self, flow: Flow) -> None:
        flow.edits += 1
        label = f"v{flow.edits}"
        answer = await self._ask("PUT", f"/{flow.id}", {200, 404, 422}, self._body(flow, label))
        if answer is None:
            flow.labels.add(label)
        elif answer.status_code == httpx.codes.OK:
            flow.labels = {label}

    async def switch(self, flow: Flow, *, on: bool) -> None:
        await self._ask("PUT", f"/{flow.id}", {200, 404}, {"is_active": on})

    async def delete(self, flow: Flow) -> None:
        answer = await self._ask("DELETE", f"/{flow.id}", {204, 404, 409})
        if answer is None or answer.status_code == httpx.codes.NO_CONTENT:
            flow.is_deleted = True

    async def execute(self, flow: Flow, key: str | None) -> Accepted | None:
        return await self._start(f"/{flow.id}/execute", {"context": {"key": key}}, flow, key)

    async def execute_some(self, flow: Flow, count: int) -> list[Accepted]:
        """Start runs at once."""
        runs = await asyncio.gather(*(self.execute(flow, None) for _ in range(count)))
        return [run for run in runs if run is not None]

    async def call_webhook(self, flow: Flow, key: str | None) -> Accepted | None:
        body = {"key": f"hook {key}" if key else None}
        return await self._start(flow.path.removeprefix("/workflows"), body, flow, key)

    async def _start(self, path: str, body: Mapping[str, Any], flow: Flow, key: str | None) -> Accepted | None:
        labels = frozenset(flow.labels)
        place = (flow.id, str(body.get("key") or key))
        answer = await self._ask("POST", path, {202, 404, 409, 422}, body, key=key)
        if answer is None:
            self.accounts.unsure.add(place)
        if answer is None or answer.status_code != httpx.codes.ACCEPTED:
            return None
        run_id = answer.json()["id"]
        if key is None:
            assert run_id not in self.accounts.accepted, f"{run_id} was accepted twice"
            return self.accounts.accept(run_id, flow, labels)
        first = self.accounts.keys.setdefault(place, run_id)
        assert first == run_id, f"the key {key} was answered with {first}, then with {run_id}"
        return self.accounts.accept(run_id, flow, None if place in self.accounts.unsure else labels)

    async def send_event(self, event_id: str) -> list[Accepted]:
        flows = self.accounts.flows
        labels = {flow.id: frozenset(flow.labels) for flow in flows.values()}
        answer = await self._ask("POST", "/events", {202}, {"event": EVENT, "payload": {}, "id": event_id})
        if answer is None:
            self.accounts.unsure.add(event_id)
            return []
        started = answer.json()["started"]
        first = self.accounts.events.setdefault(event_id, started)
        assert first == started, f"the event {event_id} has started {first}, then {started}"
        is_unsure = event_id in self.accounts.unsure
        rows = await self._asked.rows("SELECT id, workflow_id FROM runs WHERE id = ANY(:ids)", ids=started)
        return [
            self.accounts.accept(row.id, flows[row.workflow_id], None if is_unsure else labels[row.workflow_id])
            for row in rows
        ]

    async def cancel(self, run: Accepted) -> None:
        answer = await self._ask("POST", f"/runs/{run.id}/cancel", {202, 404, 409})
        if answer is None:
            self.accounts.maybe_cancelled.add(run.id)
        elif answer.status_code == httpx.codes.ACCEPTED:
            self.accounts.cancelled.add(run.id)

    async def repeat(self, run: Accepted, way: str, definition: str) -> Accepted | None:
        """Rerun a run (`way`: `rerun`), or resume it behind a node."""
        path = f"/runs/{run.id}/{way}?definition={definition}"
        labels = frozenset(run.flow.labels) if definition == "current" else run.labels
        answer = await self._ask("POST", path, {202, 404, 409, 422})
        if answer is None or answer.status_code != httpx.codes.ACCEPTED:
            return None
        return self.accounts.accept(answer.json()["new_run"]["id"], run.flow, labels)

    async def answer_forms(self, button: str) -> None:
        for row in await self._asked.rows(_FORMS):
            shown = await self._ask("GET", f"/runs/{row.run_id}", {200, 404})
            for form in shown.json().get("interactions", []) if shown else ():
                given = {"button": button, "values": {}}
                answer = await self._api.post(form["url"], json=given)
                assert answer.status_code in {200, 404, 410, 503}, answer.text

    async def _ask(
        self, method: str, path: str, statuses: set[int], body: object = None, *, key: str | None = None
    ) -> httpx.Response | None:
        """Ask the API and return its answer, or None where it cannot say what came of it."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self._api.request(method, f"/workflows{path}", json=body, headers=headers)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        assert answer.status_code in statuses, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer
