"""Workflows that take long to judge: other requests are answered meanwhile."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from app.core.json import JsonValue
from app.graph.errors import Issue
from app.graph.limits import GraphLimits
from app.graph.schedule import ScheduleFields
from app.workflows.deps import judge
from app.workflows.judgement import AcceptedTrigger, Judge
from app.workflows.schemas import WorkflowDraft, WorkflowVerdict
from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, json_of

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PatientJudge(Judge):
    """Judges once it is told to, as one would who has a lot to read."""

    begun: threading.Event = field(default_factory=threading.Event)
    told: threading.Event = field(default_factory=threading.Event)

    def accept(
        self,
        schedule: ScheduleFields,
        nodes: Sequence[JsonValue],
        edges: Sequence[JsonValue],
        further: Sequence[Issue] = (),
    ) -> AcceptedTrigger:
        """See `Judge.accept`."""
        self.wait()
        return Judge(self.limits).accept(schedule, nodes, edges, further)

    def verdict(self, draft: WorkflowDraft, further: Sequence[Issue] = ()) -> WorkflowVerdict:
        """See `Judge.verdict`."""
        self.wait()
        return Judge(self.limits).verdict(draft, further)

    def wait(self) -> None:
        self.begun.set()
        assert self.told.wait(PATIENCE_SECONDS), "nothing else was served meanwhile"


@pytest.mark.parametrize("act", ["create", "update", "validate"])
async def test_while_a_workflow_is_judged_others_are_served(own_api: Client, act: str) -> None:
    saved = await own_api.created(workflow())
    patient = PatientJudge(GraphLimits())
    own_api.app.dependency_overrides[judge] = lambda: patient
    changed = workflow(node("t", "manual_trigger"), node("a", "text_transform", template="x"))
    method, path = {
        "create": ("POST", "/workflows"),
        "update": ("PUT", f"/workflows/{saved['id']}"),
        "validate": ("POST", "/workflows/validate"),
    }[act]
    try:
        judged = asyncio.create_task(own_api.request(method, path, json=changed))
        assert await asyncio.to_thread(patient.begun.wait, PATIENCE_SECONDS)
        listed = await own_api.get("/workflows")
        assert not judged.done()
        patient.told.set()
        assert (listed.status_code, (await judged).is_success) == (200, True)
    finally:
        patient.told.set()
        own_api.app.dependency_overrides.clear()


TOO_MUCH: dict[str, tuple[Json, str, str]] = {
    "nodes": ({"nodes": [{}] * 501, "edges": []}, "nodes", "A workflow has at most 500 nodes; this one has 501."),
    "edges": (
        {"nodes": [node("t", "manual_trigger")], "edges": [{}] * 5001},
        "edges",
        "A workflow has at most 5,000 edges; this one has 5,001.",
    ),
}


@pytest.mark.parametrize("case", TOO_MUCH)
async def test_what_is_too_large_is_refused_with_one_sentence(api: Client, case: str) -> None:
    graph, path, message = TOO_MUCH[case]
    saved = await api.created(workflow())
    refused = [
        json_of(await api.post("/workflows", json={"name": "x", **graph}), 422),
        json_of(await api.put(f"/workflows/{saved['id']}", json=graph), 422),
    ]
    assert [one["errors"] for one in refused] == [[{"path": path, "message": message}]] * 2
    verdict = json_of(await api.post("/workflows/validate", json={"name": "x", **graph}), 200)
    assert verdict == {"valid": False, "errors": [f"{path}: {message}"], "warnings": []}
