"""Any workflow with iterators within each other, and what must come of it by the words of the rule alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hypothesis import assume
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from app.graph import paths
from app.graph.settle import StepStatus
from tests.factories.graphs import edge, node

ENTRY = ""  # stands for what comes before the nodes of a scope: the trigger, or the iterator's handle `item`
WAYS = ("default", "a", "error")
LOOP_WAYS = ("done", "error")
PLANS = ("default", "default", "a", "fail", "nap", "doze", "flaky")
DEEPEST = 3
MOST_STEPS = 400  # a run that parks is read anew each time: thousands of steps would take minutes

Wire = tuple[str, str, str]  # source, handle, target


@dataclass(frozen=True)
class Work:
    """A node with a plan. `goes_on`: as after a success where it fails."""

    id: str
    plan: Sequence[str]
    goes_on: bool
    pause: float  # before it is tried again
    effect: bool
    ways: tuple[str, ...] = WAYS

    def drawn(self) -> JsonObject:
        retry = {"max_attempts": 2, "delay_seconds": self.pause}
        return node(
            self.id, "work", plan=list(self.plan), effect=self.effect, continue_on_error=self.goes_on, retry=retry
        )


@dataclass(frozen=True)
class Loop:
    """An iterator, with a node on its way `done` that reads all its items before anything else comes."""

    id: str
    items: int
    parallel: int  # 0: one after the other
    stops: bool
    goes_on: bool
    body: "Scope"
    ways: tuple[str, ...] = LOOP_WAYS

    def drawn(self) -> JsonObject:
        settings: dict[str, JsonValue] = {
            "array": list(range(self.items)),
            "on_item_error": "stop" if self.stops else "continue",
            "continue_on_error": self.goes_on,
        }
        if self.parallel:
            settings |= {"mode": "parallel", "concurrency": self.parallel}
        return node(self.id, "iterator", settings)

    @property
    def reader_id(self) -> str:
        return f"{self.id}_read"

    def reader(self) -> JsonObject:
        all_items = {"key": "all", "value": f"{{{{ {self.id}.items }}}}"}
        return node(self.reader_id, "data_mapper", mappings=[all_items])


@dataclass(frozen=True)
class Scope:
    """What runs on one path. `back` are ways that lead back to the iterator."""

    nodes: Sequence[Work | Loop]
    wires: Sequence[Wire]
    back: Sequence[tuple[str, str]] = ()

    def catches(self, node_id: str) -> bool:
        return any(source == node_id and way == "error" for source, way, *_ in (*self.wires, *self.back))

    def drawn(self, source: str, handle: str | None) -> Iterator[tuple[list[JsonObject], list[JsonObject]]]:
        """Give nodes and edges, of this scope and of those within it."""
        loops = [one for one in self.nodes if isinstance(one, Loop)]
        starts: dict[tuple[str, str], tuple[str, str | None]] = {
            (ENTRY, "default"): (source, handle),
            **{(one.id, way): (one.id, way) for one in self.nodes for way in one.ways},
            **{(loop.id, "done"): (loop.reader_id, "default") for loop in loops},
        }
        wires = [(*starts[before, way], target) for before, way, target in self.wires]
        wires += [(*starts[way], source) for way in self.back]
        yield [one.drawn() for one in self.nodes], [edge(before, target, way) for before, way, target in wires]
        for loop in loops:
            yield [loop.reader()], [edge(loop.id, loop.reader_id, "done")]
            yield from loop.body.drawn(loop.id, "item")


def drawn(scope: Scope) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the workflow."""
    parts = list(scope.drawn("t", None))
    nodes = [node("t", "start"), *(one for part, _ in parts for one in part)]
    return nodes, [one for _, part in parts for one in part]


@dataclass
class Expected:
    """What must be recorded, by path and node; and of each reader which results each item may have.

    A result is named by where the step stands, by "failed" or "read", or is None.
    """

    steps: dict[tuple[str, str], tuple[StepStatus, str | None]] = field(default_factory=dict)
    items: dict[tuple[str, str], list[set[str | None]]] = field(default_factory=dict)


def expected(scope: Scope) -> tuple[Expected, bool]:
    """Return what must come of a workflow, and whether its run fails."""
    found = Expected({("", "t"): (StepStatus.SUCCESS, "default")})
    fails, _ = _walk(scope, "", 0, found)
    return found, fails


def _walk(scope: Scope, path: str, index: int, found: Expected) -> tuple[bool, set[str | None]]:
    """Follow one path. Returns whether it fails, and which steps may be its result: those that led no further."""
    taken = {(ENTRY, "default")}
    last: set[str | None] = set()
    for one in scope.nodes:
        before = [(source, way) for source, way, target in scope.wires if target == one.id]
        if not any(way in taken for way in before):
            continue
        way, is_success = _leaves(scope, one, path, index, found)
        found.steps[path, one.id] = (StepStatus.SUCCESS if is_success else StepStatus.ERROR, way)
        if way is None:
            return True, {None}
        taken.add((one.id, way))
        is_read = isinstance(one, Loop) and way == "done"
        if is_read:
            found.steps[path, f"{one.id}_read"] = (StepStatus.SUCCESS, "default")
        if not any((source, left) == (one.id, way) for source, left, _ in scope.wires):
            last.add("read" if is_read else f"{path}:{one.id}" if is_success else "failed")
    return False, last or {None}


def _leaves(scope: Scope, one: Work | Loop, path: str, index: int, found: Expected) -> tuple[str | None, bool]:
    """Return by which handle a node is left, and whether it succeeded."""
    if isinstance(one, Loop):
        is_success, success = _iterate(one, path, found), "done"
    else:
        plan = one.plan[index % len(one.plan)]
        is_success, success = plan != "fail", "a" if plan == "a" else "default"
    if is_success:
        return success, True
    failure = "error" if scope.catches(one.id) else None
    return failure or ("done" if isinstance(one, Loop) and one.goes_on else "default" if one.goes_on else None), False


def _iterate(loop: Loop, path: str, found: Expected) -> bool:
    """Follow the items of an iterator. Returns whether it succeeds."""
    results: list[set[str | None]] = [{None}] * loop.items
    found.items[path, loop.reader_id] = results
    for index in range(loop.items):
        fails, results[index] = _walk(loop.body, paths.below(path, loop.id, index), index, found)
        if fails and loop.stops:
            return False
    return True


@st.composite
def workflows(draw: st.DrawFn, *, forks: bool, racing: bool = False) -> Scope:
    """Draw a workflow. With `forks` ways fork and join, and no failure ends a path; without, one node runs at a time.

    Only with `racing` it depends on who is first which items an iterator begins.
    """
    numbers = iter(range(1_000))
    scope = draw(_scopes(numbers, 0, forks=forks, racing=racing))
    assume(len(expected(scope)[0].steps) <= MOST_STEPS)
    return scope


@st.composite
def _scopes(draw: st.DrawFn, numbers: Iterator[int], depth: int, *, forks: bool, racing: bool) -> Scope:
    nodes: list[Work | Loop] = []
    wires: list[Wire] = []
    open_ways = [(ENTRY, "default")]
    for _ in range(draw(st.integers(0 if depth else 1, 4))):
        if not open_ways:
            break
        is_loop = depth < DEEPEST and draw(st.integers(0, 2)) == 0
        works, loops = _works(numbers, forks=forks), _loops(numbers, depth, forks=forks, racing=racing)
        one: Work | Loop = draw(loops) if is_loop else draw(works)
        most = 3 if forks else len(open_ways)
        before = draw(st.lists(st.sampled_from(open_ways), min_size=1, max_size=most, unique=True))
        wires += [(source, way, one.id) for source, way in before]
        if not forks:
            open_ways = [way for way in open_ways if way not in before]
        nodes.append(one)
        open_ways += [(one.id, way) for way in one.ways]
    leftover = [way for way in open_ways if way[0] != ENTRY and way not in {wire[:2] for wire in wires}]
    back = draw(st.lists(st.sampled_from(leftover), max_size=2, unique=True)) if depth and leftover else []
    return Scope(nodes, wires, back)


@st.composite
def _works(draw: st.DrawFn, numbers: Iterator[int], *, forks: bool) -> Work:
    return Work(
        id=f"n{next(numbers)}",
        plan=draw(st.lists(st.sampled_from(PLANS), min_size=1, max_size=3)),
        goes_on=forks or draw(st.booleans()),
        pause=draw(st.sampled_from([0.0, 60.0])),
        effect=draw(st.booleans()),
    )


@st.composite
def _loops(draw: st.DrawFn, numbers: Iterator[int], depth: int, *, forks: bool, racing: bool) -> Loop:
    parallel = draw(st.sampled_from([0, 2, 3]))
    return Loop(
        id=f"l{next(numbers)}",
        items=draw(st.sampled_from([0, 1, 2, 3, 3] if depth else [0, 1, 2, 3, 4, 22])),
        parallel=parallel,
        stops=draw(st.booleans()) if racing or not parallel else False,
        goes_on=forks or draw(st.booleans()),
        body=draw(_scopes(numbers, depth + 1, forks=forks, racing=racing)),
    )
