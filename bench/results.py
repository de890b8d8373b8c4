"""All that a bench run has measured, and the figures made of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from bench.drawn import NODES
from bench.large import AT_ONCE as ITEMS_AT_ONCE
from bench.large import Large
from bench.measure import IN_FLIGHT, RATE, Drain
from bench.report import Figure, percentile
from bench.usage import Used
from bench.waiting import AT_ONCE, Waits

ANSWER_LIMIT_MS = 50.0
SYNC_LIMIT_MS = 10.0
IDLE_CPU_LIMIT_PERCENT = 1.0  # of a core, API and worker together
IDLE_STATEMENTS_LIMIT = 60.0  # a minute
API_MEMORY_LIMIT_MIB = 120.0
WORKER_MEMORY_LIMIT_MIB = 150.0
JUDGING_LIMIT_MS = 50.0  # of a graph of 500 nodes
WALKING_LIMIT_MS = 1.0  # a node of it
ITEMS_TARGET = 1_500.0  # a second
_PRODUCT = ("api", "worker-1")


@dataclass(frozen=True, slots=True)
class Bare:
    """What the bare loop does. Rates a second, times in seconds."""

    starts_one_by_one: float
    starts_by_fifty: float
    runs_one_by_one: float
    runs_by_fifty: float
    answers: Sequence[float]
    travels: Sequence[float]


@dataclass(frozen=True, slots=True)
class Results:
    postgres: str
    accepted: int
    faults: list[str]
    drains: Sequence[Drain]
    answers: Sequence[float]
    travels: Sequence[float]
    waits: Waits
    resident: Mapping[str, float]
    large: Large
    idle: Used
    idle_seconds: float
    bare: Bare

    @property
    def drain(self) -> Drain:
        """The median round."""
        middle = median_low(drain.drained_per_second for drain in self.drains)
        return next(drain for drain in self.drains if drain.drained_per_second == middle)


def figures(results: Results) -> list[Figure]:
    """Return the lines of the table."""
    return [
        *_throughput(results),
        *_latency(results),
        *_waiting(results.waits),
        *_cost(results.drain),
        *_idle(results),
        *_memory(results),
        *_large(results.large),
    ]


def _throughput(results: Results) -> Iterator[Figure]:
    drain, bare = results.drain, results.bare
    starts, drained = drain.starts_per_second, drain.drained_per_second
    answer_ms = percentile(drain.answered_in, 99) * 1000
    yield Figure(f"starts accepted, {IN_FLIGHT} in flight", starts, "/s", "bare, one by one", bare.starts_one_by_one)
    yield Figure("", starts, "/s", "bare, by fifty", bare.starts_by_fifty)
    yield Figure("runs drained meanwhile", drained, "/s", "bare, one by one", bare.runs_one_by_one)
    yield Figure("", drained, "/s", "bare, by fifty", bare.runs_by_fifty)
    yield Figure(f"202 answered, {IN_FLIGHT} in flight, p99", answer_ms, "ms")
    yield Figure("request to target meanwhile, slowest", drain.slowest * 1000, "ms")


def _latency(results: Results) -> Iterator[Figure]:
    bare = results.bare
    for percent in (50, 99):
        travel, bare_travel = (percentile(times, percent) * 1000 for times in (results.travels, bare.travels))
        what = f"request to target, {RATE:g} starts/s, p{percent}"
        yield Figure(what, travel, "ms", "bare commits and call", bare_travel)
    answer, bare_answer = (percentile(times, 50) * 1000 for times in (results.answers, bare.answers))
    yield Figure("202 answered, 1 in flight, p50", answer, "ms", "bare commit", bare_answer)
    yield Figure(
        "202 answered, 1 in flight, p99", percentile(results.answers, 99) * 1000, "ms", "limit", ANSWER_LIMIT_MS
    )


def _waiting(waits: Waits) -> Iterator[Figure]:
    alone, bare = (percentile(times, 50) * 1000 for times in (waits.alone, waits.bare))
    yield Figure("synchronous answer, p50", alone, "ms", "limit", SYNC_LIMIT_MS)
    yield Figure("", alone, "ms", "bare FastAPI route", bare)
    yield Figure("synchronous answer, p99", percentile(waits.alone, 99) * 1000, "ms")
    yield Figure(f"synchronous answer, {AT_ONCE} at once, p50", percentile(waits.together, 50) * 1000, "ms")


def _cost(drain: Drain) -> Iterator[Figure]:
    names = {"api": "API", "worker-1": "worker", "postgres": "Postgres", "valkey": "Valkey"}
    for process, name in names.items():
        yield Figure(f"CPU a run, {name}", drain.used.cpu[process] * 1000 / drain.runs, "ms")
    yield Figure("commits a run", drain.used.commits / drain.runs, "", "bare, one by one", 3)
    yield Figure("statements a run", drain.used.statements / drain.runs, "")


def _idle(results: Results) -> Iterator[Figure]:
    used, seconds = results.idle, results.idle_seconds
    ours = sum(used.cpu[name] for name in _PRODUCT)
    servers = sum(cpu for name, cpu in used.cpu.items() if name not in _PRODUCT)
    yield Figure("idle, API and worker", 100 * ours / seconds, "% of a core", "limit", IDLE_CPU_LIMIT_PERCENT)
    yield Figure("idle, Postgres and Valkey", 100 * servers / seconds, "% of a core")
    yield Figure("idle, statements", used.statements * 60 / seconds, "/min", "limit", IDLE_STATEMENTS_LIMIT)


def _memory(results: Results) -> Iterator[Figure]:
    yield Figure("memory, API", results.resident["api"], "MiB", "limit", API_MEMORY_LIMIT_MIB)
    yield Figure("memory, worker", results.resident["worker-1"], "MiB", "limit", WORKER_MEMORY_LIMIT_MIB)


def _large(large: Large) -> Iterator[Figure]:
    walked_ms = percentile(large.walked, 50) * 1000
    yield Figure(f"{NODES} nodes judged", large.judged * 1000, "ms", "limit", JUDGING_LIMIT_MS)
    yield Figure("", large.judged * 1000, "ms", "the same parsed as JSON", large.parsed * 1000)
    yield Figure(f"{NODES} nodes run, a node", walked_ms, "ms", "limit", WALKING_LIMIT_MS)
    yield Figure("", walked_ms, "ms", "bare template", large.rendered * 1000)
    what = f"{large.items:,} items that call, {ITEMS_AT_ONCE} at once"
    yield Figure(what, large.called, "/s", "target", ITEMS_TARGET)
    yield Figure("", large.called, "/s", "bare calls", large.called_bare)
    what = f"memory, worker, after {large.items:,} items of 100 KB"
    yield Figure(what, large.resident, "MiB", "limit", WORKER_MEMORY_LIMIT_MIB)
