"""A small application around the product's HTTP layer, whose routes show one thing each."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

import httpx
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue
from starlette.requests import Request

from app.core.errors import ConflictError, Fault, InvalidRequestError
from app.http import pages
from app.http.error_answers import ErrorAnswers
from app.http.exception_handlers import install
from app.http.middleware import Gate
from app.http.openapi import Api
from app.http.requests import JsonRoute

PUBLIC_URL = "https://virga.example"
BODY_BYTES = 10_000

router = APIRouter(route_class=JsonRoute)


class Thing(BaseModel):
    """Something with a name."""

    name: str = Field(max_length=10)
    parts: list[int] = []
    extra: JsonValue = None


class Echo(BaseModel):
    """What an endpoint got."""

    value: JsonValue


@router.post("/things")
async def make_thing(thing: Thing) -> Thing:
    return thing


@router.post("/maybe")
async def make_maybe(thing: Thing | None = None) -> Echo:
    return Echo(value=None if thing is None else thing.name)


@router.post("/raw")
async def read_raw(request: Request, thing: Thing) -> Echo:
    return Echo(value=f"{thing.name}: {len(await request.body())}")


@router.get("/things")
async def list_things(limit: Annotated[int, Query(ge=1)] = 5, word: str = "") -> Echo:
    return Echo(value=f"{limit}{word}")


@router.post("/workflows/validate")
async def check_workflow() -> Echo:
    return Echo(value="validated")


@router.get("/workflows/runs/{run_id}")
async def get_run(run_id: str) -> Echo:
    return Echo(value=f"run {run_id}")


@router.get("/workflows/{workflowId:workflow_id}")
async def get_workflow(workflow_id: Annotated[str, Path(alias="workflowId")]) -> Echo:
    return Echo(value=f"workflow {workflow_id}")


@router.put("/workflows/{workflowId:workflow_id}")
async def put_workflow(workflow_id: Annotated[str, Path(alias="workflowId")]) -> Echo:
    return Echo(value=f"changed {workflow_id}")


@router.get("/workflows/{workflowId:workflow_id}/executions")
async def list_executions(workflow_id: Annotated[str, Path(alias="workflowId")]) -> Echo:
    return Echo(value=f"runs of {workflow_id}")


@router.get("/fails/{how}")
async def fail(how: str) -> Echo:
    failures: dict[str, Exception] = {
        "bug": RuntimeError("secret detail"),
        "outage": ConnectionRefusedError("no database"),
        "conflict": ConflictError("Already there.", extra={"run_id": "fl_run_1"}),
        "faults": InvalidRequestError("Two.", faults=[Fault("a", "one", "n1"), Fault("b", "two")]),
    }
    raise failures[how]


@dataclass
class Observed:
    """Remembers what it was told of."""

    seen: list[tuple[str, str, int]] = field(default_factory=list)

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((method, route, status))


def probe_app(observed: Observed | None = None) -> Api:
    app = Api(title="Probe", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.strict_content_type = False
    answers = ErrorAnswers(PUBLIC_URL)
    install(app, answers)
    app.add_middleware(Gate, answers=answers, body_bytes=BODY_BYTES, observer=observed or Observed())
    app.state.error_kinds = (ConflictError,)
    app.include_router(router)
    app.include_router(pages.router)
    return app


async def client_of(app: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        yield client
