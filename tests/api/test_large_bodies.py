"""Bodies that take long to read: other requests are answered meanwhile, and no value is looked at more than once."""

import asyncio
import json
import threading
from datetime import UTC, datetime

import pytest
from fastapi import APIRouter, FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from app.core.json import JsonValue
from app.events.schemas import EventCreate
from app.http.requests import JsonRoute
from app.interactions.schemas import InteractionAnswer
from app.node_tests.schemas import NodeTestCreate
from app.runs.schemas import RunCreate
from app.versions.schemas import Version
from app.workflows.schemas import WorkflowCreate, WorkflowDraft, WorkflowUpdate

PATIENCE_SECONDS = 20.0
JSON = {"Content-Type": "application/json"}
LARGE = json.dumps(["x" * 70_000]).encode()


async def test_while_a_large_body_is_read_others_are_served() -> None:
    begun, told = threading.Event(), threading.Event()

    class PatientRoute(JsonRoute):
        """Reads once it is told to, as one would who has a lot to read."""

        def parse(self, headers: Headers, raw: bytes) -> JsonValue:
            begun.set()
            assert told.wait(PATIENCE_SECONDS), "nothing else was served meanwhile"
            return super().parse(headers, raw)

    router, app = APIRouter(route_class=PatientRoute), FastAPI()

    @router.post("/bodies")
    async def take(body: list[str]) -> int:
        return len(body[0])

    @router.get("/others")
    async def serve() -> None:
        return None

    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://probe") as client:
        reading = asyncio.create_task(client.post("/bodies", content=LARGE, headers=JSON))
        try:
            assert await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
            other = await client.get("/others")
            assert not reading.done()
        finally:
            told.set()
        assert (other.status_code, (await reading).json()) == (200, 70_000)


VALUE: list[object] = [[{}]]
GRAPH: dict[str, object] = {"name": "a", "nodes": [VALUE], "edges": [VALUE]}
NOW = datetime(2026, 1, 15, tzinfo=UTC)
TAKEN: dict[type[BaseModel], tuple[dict[str, object], list[str]]] = {
    WorkflowCreate: (GRAPH, ["nodes", "edges"]),
    WorkflowDraft: (GRAPH, ["nodes", "edges"]),
    WorkflowUpdate: (GRAPH, ["nodes", "edges"]),
    Version: (GRAPH | {"version": 1, "created_at": NOW, "created_by": "ada"}, ["nodes", "edges"]),
    RunCreate: ({"context": {"a": VALUE}}, ["context"]),
    EventCreate: ({"event": "a", "payload": [VALUE]}, ["payload"]),
    NodeTestCreate: ({"node": [VALUE], "context": {"a": VALUE}}, ["node", "context"]),
    InteractionAnswer: ({"values": {"a": VALUE}}, ["values"]),
}


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: model.__name__)
def test_what_has_been_parsed_is_taken_as_it_is(model: type[BaseModel]) -> None:
    fields, names = TAKEN[model]
    read = model.model_validate(fields)
    taken = [getattr(read, name) for name in names]
    assert all((one["a"] if isinstance(one, dict) else one[0]) is VALUE for one in taken)


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: model.__name__)
def test_json_is_written_as_it_was_taken(model: type[BaseModel]) -> None:
    fields, names = TAKEN[model]
    written = json.loads(model.model_validate(fields).model_dump_json())
    assert {name: written[name] for name in names} == {name: fields[name] for name in names}


@pytest.mark.parametrize("sent", [[], "x", 1, None])
def test_a_context_is_an_object_all_the_same(sent: object) -> None:
    with pytest.raises(ValidationError):
        RunCreate.model_validate({"context": sent})
