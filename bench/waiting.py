"""Synchronous calls: how long a caller waits for a workflow's answer, beside a bare route that says the same."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from app.core.json import dumps, loads_object
from bench.load import Connection, connections
from bench.measure import RefusedError
from bench.wire import request

AT_ONCE = 100
_BODY = dumps({"name": "Ada"}).encode()
_NODES = [
    {
        "id": "asked",
        "type": "sync_request_trigger",
        "position": {"x": 0, "y": 0},
        "data": {"componentId": "sync_request_trigger"},
    },
    {
        "id": "say",
        "type": "text_transform",
        "position": {"x": 0, "y": 100},
        "data": {"componentId": "text_transform", "template": "Hello {{ asked.payload.name }}!"},
    },
]
_EDGES = [{"id": "e", "source": "asked", "target": "say"}]


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from request to answer: one caller at a time, a hundred at once, and of the bare route."""

    runs: int
    alone: Sequence[float]
    together: Sequence[float]
    bare: Sequence[float]


async def measure(port: int, token: str, calls: int) -> Waits:
    """Call a workflow of a trigger and a text. Raises `RefusedError` for any answer but the right one."""
    async with connections(port, 1) as (line,):
        body = dumps({"name": "Greeting", "nodes": _NODES, "edges": _EDGES}).encode()
        saved = await line.ask(request("POST", "/workflows", body, token))
        call = request("POST", f"/workflows/sync/{loads_object(saved.body)['id']}", _BODY, token)
        warm_up = await _call(line, call, calls // 10)
        alone = await _call(line, call, calls)
    async with connections(port, AT_ONCE) as lines:
        waited = await asyncio.gather(*(_call(line, call, 1 + calls // AT_ONCE) for line in lines))
    with _bare_route() as bare_port:
        async with connections(bare_port, 1) as (line,):
            bare = await _call(line, request("POST", "/", _BODY), calls)
    together = [seconds for each in waited for seconds in each]
    return Waits(len(warm_up) + len(alone) + len(together), alone, together, bare)


async def _call(line: Connection, call: bytes, times: int) -> list[float]:
    waited = []
    for _ in range(times):
        begun_at = perf_counter()
        answer = await line.ask(call)
        waited.append(perf_counter() - begun_at)
        if b"Hello Ada!" not in answer.body:
            raise RefusedError(f"A synchronous call was answered with {answer.status}: {answer.body.decode()}")
    return waited


@contextmanager
def _bare_route() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_route"], stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline() if process.stdout else ""
        yield int(said)
    finally:
        process.terminate()
        process.communicate()
