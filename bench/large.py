"""Large graphs and long loops: judging and walking five hundred nodes, a thousand calls, a thousand large outputs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from app.core import memory
from app.core.json import dumps, loads_list, loads_object
from app.graph.limits import GraphLimits
from app.graph.template import StepBudget, TextTemplate
from app.graph.validation import validate
from app.graph.wire import read
from app.nodes import CATALOGUE
from bench.drawn import Drawn, body_of, calling, filling, texts_of, wide
from bench.load import Connection, connections
from bench.measure import Bench, RefusedError
from bench.target import PATH
from bench.wire import request

AT_ONCE = 50  # items
PAGE = "x" * 100_000
_LOOK_SECONDS = 0.02
_CREATED, _ACCEPTED = 201, 202


@dataclass(frozen=True, slots=True)
class Large:
    """Seconds of one validation, of the same text read as JSON, of a run a node, and of a template alone; items/s."""

    judged: float
    parsed: float
    walked: Sequence[float]
    rendered: float
    called: float
    called_bare: float
    items: int
    resident: float  # MiB of the worker, after items that put out 100 KB each


async def measure(bench: Bench, items: int, runs: int) -> Large:
    """Save the workflows, run them and wait for their end. Raises `RefusedError` where one is not taken."""
    drawn = wide("walked")
    memory.settle()  # as the API does before it judges anything
    judged, parsed = (
        median(times) for times in zip(*(_judged(wide(f"judged {turn}")) for turn in range(5)), strict=True)
    )
    walked = [seconds / len(drawn[0]) for seconds in await _ran(bench, drawn, b"{}", runs)]
    [calls] = await _calls(bench, items)
    await _ran(bench, filling(items), dumps({"context": {"page": PAGE}}).encode(), 1)
    resident = bench.meter.resident("worker-1")
    return Large(judged, parsed, walked, _rendered(drawn), items / calls, await _bare(bench, items), items, resident)


def _judged(drawn: Drawn) -> tuple[float, float]:
    """Judge a graph whose templates nobody has read before, and only parse it."""
    nodes, edges = (dumps(part) for part in drawn)
    begun_at = perf_counter()
    parsed = loads_list(nodes), loads_list(edges)
    parsed_at = perf_counter()
    definition, issues = read(*parsed)
    issues += validate(definition, CATALOGUE, GraphLimits())
    judged_at = perf_counter()
    errors = [issue.message for issue in issues if issue.severity == "error"]
    if errors:
        raise RefusedError(f"The large graph is wrong: {errors[0]}")
    return judged_at - begun_at, parsed_at - begun_at


def _rendered(drawn: Drawn) -> float:
    """Return the seconds that each text of the graph takes to render, with nothing around it."""
    templates = [TextTemplate(text) for text in texts_of(drawn)]
    roots = {"n1": {"run_id": "fl_run_0"}}
    begun_at = perf_counter()
    for template in templates:
        template.render(roots, StepBudget())
    return (perf_counter() - begun_at) / len(templates)


async def _calls(bench: Bench, items: int) -> list[float]:
    bench.target.forget()
    seconds = await _ran(bench, calling(bench.target.url, items, AT_ONCE), b"{}", 1)
    calls = bench.target.calls.total()
    if calls != items or bench.target.strangers:
        bench.faults.append(f"{items} items made {calls} calls, and {bench.target.strangers} that are none of theirs.")
    return seconds


async def _ran(bench: Bench, drawn: Drawn, context: bytes, runs: int) -> list[float]:
    """Run a workflow, one run after the other; return the seconds from its claim to its end."""
    seconds = []
    async with connections(bench.port, 1) as (line,):
        workflow = await _posted(bench, line, "/workflows", body_of(drawn), _CREATED)
        for _ in range(runs):
            run = await _posted(bench, line, f"/workflows/{workflow}/execute", context, _ACCEPTED)
            bench.accepted += 1
            while (lasted := await bench.meter.lasted(run)) is None:  # noqa: ASYNC110 -- it happens in another process
                await asyncio.sleep(_LOOK_SECONDS)
            seconds.append(lasted)
    return seconds


async def _posted(bench: Bench, line: Connection, path: str, body: bytes, status: int) -> str:
    answer = await line.ask(request("POST", path, body, bench.token))
    if answer.status != status:
        raise RefusedError(f"{path} was answered with {answer.status}: {answer.body.decode()[:500]}")
    return str(loads_object(answer.body)["id"])


async def _bare(bench: Bench, items: int) -> float:
    """Return how often a second the target is reached by as many raw connections."""
    call = request("POST", PATH, f'{{"message":"Welcome!","run_id":"fl_run_{0:026}"}}'.encode())
    left = iter(range(items))

    async def repeat(line: Connection) -> None:
        for _ in left:
            await line.ask(call)

    async with connections(bench.target.port, AT_ONCE) as lines:
        begun_at = perf_counter()
        await asyncio.gather(*map(repeat, lines))
        return items / (perf_counter() - begun_at)
