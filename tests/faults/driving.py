"""One example of a random experiment: what can be done to a small system, and what is known of it afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx

from tests.faults import monitor
from tests.faults.accounts import Accepted, Accounts, Flow
from tests.faults.echoing import Echoing, Mood
from tests.faults.evidence import Evidence
from tests.faults.ledger import Ledger
from tests.faults.miniature import Miniature
from tests.faults.moments import Moments
from tests.faults.shapes import EVENT, SHAPES, behind, calls
from tests.fixtures.api import PUBLIC_URL, Client

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.02
_OVER = "SELECT NOT EXISTS (SELECT FROM runs WHERE status NOT IN ('completed', 'failed'))"
# Nobody has anything to do but those who wait for the target: `asking` are their runs.
_QUIET = """
    SELECT NOT EXISTS (SELECT FROM runs WHERE status NOT IN ('completed', 'failed')
        AND (ready OR lease_owner IS NOT NULL AND (lease_owner <> ALL(:living) OR id <> ALL(:asking))))
"""
_FORMS = "SELECT DISTINCT run_id FROM run_waits WHERE kind = 'form' AND resolved_at IS NULL"
_PASS_TIME = """
    WITH due AS (UPDATE run_waits SET due_at = clock_timestamp() FROM runs
        WHERE runs.id = run_id AND lease_owner IS NULL AND NOT ready AND run_waits.due_at IS NOT NULL
            AND resolved_at IS NULL)
    UPDATE runs SET due_at = clock_timestamp() WHERE lease_owner IS NULL AND NOT ready AND due_at IS NOT NULL
"""


class Drive:
    """Does things to the miniature, and keeps the accounts. Every act may meet an API that answers 503.

    `ledger` has the faults that excuse a repeated call; `deeds` all that was done.
    """

    def __init__(self, miniature: Miniature, deeds: Ledger) -> None:
        self.miniature = miniature
        self.world = miniature.world
        self.deeds = deeds
        self.ledger = Ledger()
        self.evidence = Evidence(self.ledger)
        self.accounts = Accounts()
        self.moments = Moments()
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        await self.miniature.clear()
        self.target = await self._stack.enter_async_context(Echoing())
        self.api = await self._stack.enter_async_context(Client(self.miniature.app))
        self.evidence.witnesses.append(self.target)

    async def close(self) -> None:
        await self.miniature.kill_all()
        await self._stack.aclose()
        self.deeds.accepted += len(self.accounts.accepted)
        self.deeds.called += self.ledger.called
        self.deeds.repeated += self.ledger.repeated

    # Workflows

    async def create(self, shape: str, trigger: str, callee: Flow | None = None) -> Flow | None:
        flow = Flow("", shape, trigger, {"v1"}, callee=callee)
        answer = await self._ask("POST", "", {201, 422} if callee else {201}, self._body(flow, "v1"))
        if answer is None or answer.status_code != httpx.codes.CREATED:
            return None  # the called one was deleted
        saved = answer.json()
        flow.id, flow.path = saved["id"], (saved.get("webhook_url") or "").removeprefix(PUBLIC_URL)
        self.accounts.flows[flow.id] = flow
        return flow

    def _body(self, flow: Flow, label: str) -> dict[str, object]:
        if flow.callee is not None:
            graph = calls(self.target, label, flow.callee.id, waits=flow.shape == "calling")
        else:
            graph = SHAPES[flow.shape](self.target, label)
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

    # Runs

    async def execute(self, flow: Flow, key: str | None) -> Accepted | None:
        return await self._start(f"/{flow.id}/execute", {"context": {"key": key}}, flow, key)

    async def call_webhook(self, flow: Flow, key: str | None) -> Accepted | None:
        return await self._start(flow.path.removeprefix("/workflows"), {"key": f"hook {key}" if key else None}, flow, key)

    async def _start(self, path: str, body: Mapping[str, Any], flow: Flow, key: str | None) -> Accepted | None:
        labels = frozenset(flow.labels)
        answer = await self._ask("POST", path, {202, 404, 409, 422}, body, key=key)
        if answer is None or answer.status_code != httpx.codes.ACCEPTED:
            return None
        run_id = answer.json()["id"]
        if key is None:
            assert run_id not in self.accounts.accepted, f"{run_id} was accepted twice"
            return self.accounts.accept(run_id, flow, labels)
        words = str(body.get("key") or key)
        first = self.accounts.keys.setdefault((flow.id, words), run_id)
        assert first == run_id, f"the key {key} was answered with {first}, then with {run_id}"
        return self.accounts.accept(run_id, flow, None)  # perhaps of an earlier definition, by a request without answer

    async def send_event(self, event_id: str) -> list[Accepted]:
        labels = {flow.id: frozenset(flow.labels) for flow in self.accounts.flows.values()}
        answer = await self._ask("POST", "/events", {202}, {"event": EVENT, "payload": {}, "id": event_id})
        if answer is None:
            return []
        started = answer.json()["started"]
        first = self.accounts.events.setdefault(event_id, started)
        assert first == started, f"the event {event_id} has started {first}, then {started}"
        runs = [run for run in started if run not in self.accounts.accepted]
        rows = await self.world.rows("SELECT id, workflow_id FROM runs WHERE id = ANY(:ids)", ids=runs)
        flows = self.accounts.flows
        return [self.accounts.accept(row.id, flows[row.workflow_id], None if len(labels[row.workflow_id]) > 1 else None) for row in rows]

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
        for row in await self.world.rows(_FORMS):
            shown = await self._ask("GET", f"/runs/{row.run_id}", {200, 404})
            for form in shown.json().get("interactions", []) if shown else ():
                given = {"button": button, "values": {}}
                answer = await self.api.post(form["url"], json=given)
                assert answer.status_code in {200, 404, 410, 503}, answer.text

    async def _ask(
        self, method: str, path: str, statuses: set[int], body: object = None, *, key: str | None = None
    ) -> httpx.Response | None:
        """Ask the API and return its answer, or None where it cannot say what came of it."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self.api.request(method, f"/workflows{path}", json=body, headers=headers)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        assert answer.status_code in statuses, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    # Faults

    async def kill(self, number: int) -> None:
        self.deeds.note("kill -9 of a worker")
        self.ledger.note("kill -9 of a worker")
        self.accounts.deaths += 1
        await self.miniature.kill(number % len(self.miniature.workers))

    async def stop(self, number: int) -> None:
        self.deeds.note("SIGTERM of a worker")
        with self.ledger.lasting("SIGTERM of a worker"):
            await self.miniature.stop(number % len(self.miniature.workers))

    async def cut_sessions(self) -> None:
        self.deeds.note("all database sessions terminated")
        await self.miniature.cut_sessions()

    def lose(self, count: int, *, of_workers: bool) -> None:
        for _ in range(count):
            self.deeds.note("answer of a commit lost")
        self.miniature.lose(count, of_workers=of_workers)

    async def flush_valkey(self) -> None:
        self.deeds.note("FLUSHALL of Valkey")
        await self.world.flush_redis()

    async def ring_again(self) -> None:
        ids = [row.id for row in await self.world.rows("SELECT id FROM runs ORDER BY id DESC")]
        for _ in range(2):
            await self.world.doorbell.ring(ids)

    async def pass_time(self) -> None:
        """Let all that parked runs wait for come due."""
        await self.world.execute(_PASS_TIME)
        self.world.look()

    # Facts

    async def settle(self) -> None:
        """Wait until nobody has anything to do but to wait for a target that answers nothing."""
        if self.miniature.workers:
            await self._until(self._is_quiet)

    async def _is_quiet(self) -> bool:
        asking = [] if self.target.gate.is_set() else [step.split(":")[0] for step in self.target.by_step]
        living = [worker.id for worker in self.miniature.workers]
        return bool((await self.world.rows(_QUIET, living=living, asking=asking))[0][0])

    async def until_called(self) -> None:
        """Wait until the target is asked once more, or nobody has anything to do."""
        calls = len(self.target.calls)

        async def called() -> bool:
            return len(self.target.calls) > calls or await self._is_quiet()

        if self.miniature.workers:
            await self._until(called)

    async def _until(self, fact: Callable[[], Awaitable[bool]]) -> None:
        """Wait for a fact. Workers look all the time: what a ring would tell at once must not take seconds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await fact():
                self.world.look()
                await asyncio.sleep(POLL_SECONDS)

    async def check_moment(self) -> None:
        found = await monitor.violations(self.world.database)
        assert found + await self.moments.wrong(self.world) == []

    async def heal(self) -> None:
        """Let everything work, and wait until all runs are over."""
        self.target.mood = Mood.WELL
        self.target.gate.set()
        for of_workers in (True, False):
            self.miniature.lose(0, of_workers=of_workers)
        if not self.miniature.workers:
            await self.miniature.hire()

        async def over() -> bool:
            await self.answer_forms("yes")
            await self.pass_time()
            return bool((await self.world.rows(_OVER))[0][0])

        try:
            await self._until(over)
        except TimeoutError:
            rows = await self.world.rows("SELECT * FROM runs WHERE status NOT IN ('completed', 'failed')")
            raise AssertionError(f"I1: still live: {[tuple(row) for row in rows]}") from None

    async def verify(self) -> None:
        """Hold everything to what was promised."""
        self.evidence.accepted = self.accounts.must_exist
        found = await monitor.violations(self.world.database)
        found += await self.evidence.against(self.world, self.api, {}, ())
        found += await self.accounts.against(self.world, self.target.statuses)
        held = {run for worker in self.miniature.workers for run in worker.held}
        found += [f"I7: a worker still holds {run}" for run in held]
        assert found == []
