"""Rules by which Hypothesis drives a small system in any order, and what must be true after each of them.

What is drawn never depends on what the system answered: workflows, runs and workers are drawn as numbers, and picked
from what there is. Otherwise an answer that comes a moment later would make another example of the same choices, and
nothing that is found could be repeated and made shorter.
"""

import sys
from collections.abc import Iterable
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.faults.accounts import Accepted, Flow
from tests.faults.driving import Drive
from tests.faults.echoing import Mood
from tests.faults.ledger import Ledger
from tests.faults.miniature import MOST_WORKERS, Miniature
from tests.faults.shapes import CALLED, SHAPES, TRIGGERS

T = TypeVar("T")

SHAPE = st.sampled_from(list(SHAPES))
TRIGGER = st.sampled_from(TRIGGERS)
KEY = st.sampled_from([None, None, "a", "b"])
NUMBER = st.integers(0, 11)  # which one of those that there are, counted around
NODE = st.sampled_from(["n0", "first", "t", "loop", "left", "broken"])
DEFINITION = st.sampled_from(["current", "original"])
# A shape, its trigger, and the shape of the workflow that calls it, if one does: then the trigger is another one.
KIND = st.tuples(SHAPE, TRIGGER, st.sampled_from([None, "calling", "calling aside"]))


class Machine(RuleBasedStateMachine):
    """One example: the miniature is cleared before it, and everything is healed and checked after it."""

    def __init__(self, miniature: Miniature, deeds: Ledger) -> None:
        super().__init__()
        self.miniature = miniature
        self.drive = Drive(miniature, deeds)
        self.run = miniature.run
        self.run(self.drive.open())

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # else it is known already what is wrong
                self.run(self.drive.heal())
                self.run(self.drive.check_moment())
                self.run(self.drive.verify())
        finally:
            self.run(self.drive.close())

    @property
    def works(self) -> bool:
        return bool(self.miniature.workers)

    @invariant()
    def nothing_is_lost(self) -> None:
        self.run(self.drive.check_moment())

    # Workflows

    def flows(self, *triggers: str) -> list[Flow]:
        """Return the workflows that are there, with these triggers."""
        known = self.drive.customer.accounts.flows.values()
        return [flow for flow in known if not flow.is_deleted and flow.trigger in triggers]

    @initialize(kinds=st.lists(KIND, min_size=1, max_size=3), is_held=st.booleans())
    def begin(self, kinds: list[tuple[str, str, str | None]], is_held: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        """Start a worker, and a run of each of some workflows; where `is_held`, the target answers none of them yet."""
        self.run(self.miniature.hire())
        self.answer_so(None if is_held else Mood.WELL)
        for kind in kinds:
            self.create(kind)
        for flow in self.flows(*TRIGGERS):
            self.run(self.drive.customer.execute(flow, None))

    @rule(kind=KIND)
    def create(self, kind: tuple[str, str, str | None]) -> None:
        """Create a workflow, or one that is called and the one that calls it."""
        shape, trigger, calling = kind
        if calling is None:
            self.run(self.drive.customer.create(shape, trigger))
        elif callee := self.run(self.drive.customer.create(shape, CALLED)):
            self.run(self.drive.customer.create(calling, TRIGGERS[0], callee))

    @rule(number=NUMBER, to=st.sampled_from(["edited", "edited", "off", "on"]))
    def change(self, number: int, to: str) -> None:
        customer = self.drive.customer
        for flow in picked(self.flows(*TRIGGERS, CALLED), number):
            self.run(customer.edit(flow) if to == "edited" else customer.switch(flow, on=to == "on"))

    @rule(number=NUMBER)
    def delete(self, number: int) -> None:
        for flow in picked(self.flows(*TRIGGERS, CALLED), number):
            self.run(self.drive.customer.delete(flow))

    # Runs

    @property
    def runs(self) -> Iterable[Accepted]:
        return self.drive.customer.accounts.accepted.values()

    @rule(number=NUMBER, key=KEY)
    def execute(self, number: int, key: str | None) -> None:
        for flow in picked(self.flows(*TRIGGERS), number):
            self.run(self.drive.customer.execute(flow, key))

    @rule(number=NUMBER, count=st.integers(1, 3))
    def execute_some(self, number: int, count: int) -> None:
        for flow in picked(self.flows(*TRIGGERS), number):
            self.run(self.drive.customer.execute_some(flow, count))

    @rule(number=NUMBER, key=KEY)
    def call_webhook(self, number: int, key: str | None) -> None:
        for flow in picked((flow for flow in self.flows(*TRIGGERS) if flow.path), number):
            self.run(self.drive.customer.call_webhook(flow, key))

    @rule(event_id=st.sampled_from(["e", "f"]))
    def send_event(self, event_id: str) -> None:
        self.run(self.drive.customer.send_event(event_id))

    @rule(number=NUMBER)
    def cancel(self, number: int) -> None:
        for run in picked(self.runs, number):
            self.run(self.drive.customer.cancel(run))

    @rule(number=NUMBER, way=st.sampled_from(["rerun", "resume"]), node=NODE, definition=DEFINITION)
    def repeat(self, number: int, way: str, node: str, definition: str) -> None:
        for run in picked(self.runs, number):
            path = "rerun" if way == "rerun" else f"resume-from/{node}"
            self.run(self.drive.customer.repeat(run, path, definition))

    @rule(button=st.sampled_from(["yes", "no"]))
    def answer_forms(self, button: str) -> None:
        self.run(self.drive.customer.answer_forms(button))

    # Targets and time

    @rule(mood=st.sampled_from([*Mood, None]))
    def answer_so(self, mood: Mood | None) -> None:
        """Let the target answer so from now on; None: not at all until it is told otherwise."""
        if mood is None:
            self.drive.target.gate.clear()
        else:
            self.drive.target.mood = mood
            self.drive.target.gate.set()

    @rule()
    def pass_time(self) -> None:
        self.run(self.drive.pass_time())

    @precondition(lambda self: self.works)
    @rule(quiet=st.booleans())
    def wait(self, quiet: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        self.run(self.drive.until_quiet() if quiet else self.drive.until_called())

    # Faults

    @precondition(lambda self: len(self.miniature.workers) < MOST_WORKERS)
    @rule()
    def start_worker(self) -> None:
        self.run(self.miniature.hire())

    @precondition(lambda self: self.works)
    @rule(number=st.integers(0, MOST_WORKERS - 1), by=st.sampled_from(["kill", "stop"]))
    def lose_worker(self, number: int, by: str) -> None:
        self.run(self.drive.kill(number) if by == "kill" else self.drive.stop(number))

    @precondition(lambda self: self.works)
    @rule(number=st.integers(0, MOST_WORKERS - 1))
    def end_lease(self, number: int) -> None:
        """Let a worker's lease run out, although it works on."""
        self.run(self.drive.end_lease(number))

    @precondition(lambda self: self.works)
    @rule()
    def lose_workers(self) -> None:
        while self.works:
            self.run(self.drive.kill(0))

    @rule(what=st.sampled_from(["rings forgotten", "rings repeated", "sessions cut"]))
    def disturb(self, what: str) -> None:
        """Let Valkey forget all rings, or ring twice for all runs, the oldest last, or end all database sessions."""
        if what == "rings forgotten":
            self.run(self.drive.flush_valkey())
        elif what == "rings repeated":
            self.run(self.drive.ring_again())
        else:
            self.run(self.drive.cut_sessions())

    @rule(how=st.sampled_from(["lost", "slow"]), count=st.integers(1, 5), of_workers=st.booleans())
    def hurt_commits(self, how: str, count: int, of_workers: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        """Lose what the next commits of the workers or of the API answer, or let them take their time."""
        if how == "lost":
            self.drive.lose(count, of_workers=of_workers)
        else:
            self.drive.slow(count, of_workers=of_workers)


def picked(those: Iterable[T], number: int) -> list[T]:
    """Return one of those, by its number counted around; none of none."""
    listed = list(those)
    return [listed[number % len(listed)]] if listed else []
