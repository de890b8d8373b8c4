"""Rules by which Hypothesis drives a small system in any order, and what must be true after each of them."""

import sys

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.faults.accounts import Accepted, Flow
from tests.faults.driving import Drive
from tests.faults.echoing import Mood
from tests.faults.ledger import Ledger
from tests.faults.miniature import MOST_WORKERS, Miniature
from tests.faults.shapes import CALLED, SHAPES, TRIGGERS

SHAPE = st.sampled_from(list(SHAPES))
TRIGGER = st.sampled_from(TRIGGERS)
KEY = st.sampled_from([None, None, "a", "b"])
NUMBER = st.integers(0, MOST_WORKERS - 1)
NODE = st.sampled_from(["n0", "first", "t", "loop", "left", "broken"])
DEFINITION = st.sampled_from(["current", "original"])
CALLING = st.sampled_from(["calling", "calling aside"])


class Machine(RuleBasedStateMachine):
    """One example: the miniature is cleared before it, and everything is healed and checked after it."""

    flows = Bundle("flows")
    callees = Bundle("callees")
    runs = Bundle("runs")

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

    @initialize(target=flows, shape=SHAPE, trigger=TRIGGER)
    def begin(self, shape: str, trigger: str) -> object:
        self.run(self.miniature.hire())
        return self.run(self.drive.customer.create(shape, trigger))

    @rule(target=flows, shape=SHAPE, trigger=TRIGGER)
    def create(self, shape: str, trigger: str) -> object:
        return self.run(self.drive.customer.create(shape, trigger)) or multiple()

    @rule(target=callees, shape=SHAPE)
    def create_callee(self, shape: str) -> object:
        return self.run(self.drive.customer.create(shape, CALLED)) or multiple()

    @rule(target=flows, callee=callees, shape=CALLING)
    def create_caller(self, callee: Flow, shape: str) -> object:
        return self.run(self.drive.customer.create(shape, TRIGGERS[0], callee)) or multiple()

    @rule(flow=flows | callees, to=st.sampled_from(["edited", "edited", "off", "on"]))
    def change(self, flow: Flow, to: str) -> None:
        self.run(self.drive.customer.edit(flow) if to == "edited" else self.drive.customer.switch(flow, on=to == "on"))

    @rule(flow=consumes(flows))
    def delete(self, flow: Flow) -> None:
        self.run(self.drive.customer.delete(flow))

    # Runs

    @rule(target=runs, flow=flows, key=KEY)
    def execute(self, flow: Flow, key: str | None) -> object:
        return self.run(self.drive.customer.execute(flow, key)) or multiple()

    @rule(target=runs, flow=flows, count=st.integers(1, 3))
    def execute_some(self, flow: Flow, count: int) -> object:
        return multiple(*self.run(self.drive.customer.execute_some(flow, count)))

    @rule(target=runs, flow=flows.filter(lambda flow: flow.path != ""), key=KEY)
    def call_webhook(self, flow: Flow, key: str | None) -> object:
        return self.run(self.drive.customer.call_webhook(flow, key)) or multiple()

    @rule(target=runs, event_id=st.sampled_from(["e", "f"]))
    def send_event(self, event_id: str) -> object:
        return multiple(*self.run(self.drive.customer.send_event(event_id)))

    @rule(run=runs)
    def cancel(self, run: Accepted) -> None:
        self.run(self.drive.customer.cancel(run))

    @rule(target=runs, run=runs, definition=DEFINITION)
    def rerun(self, run: Accepted, definition: str) -> object:
        return self.run(self.drive.customer.repeat(run, "rerun", definition)) or multiple()

    @rule(target=runs, run=runs, node=NODE, definition=DEFINITION)
    def resume(self, run: Accepted, node: str, definition: str) -> object:
        return self.run(self.drive.customer.repeat(run, f"resume-from/{node}", definition)) or multiple()

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
    @rule(number=NUMBER, by=st.sampled_from(["kill", "stop"]))
    def lose_worker(self, number: int, by: str) -> None:
        self.run(self.drive.kill(number) if by == "kill" else self.drive.stop(number))

    @precondition(lambda self: self.works)
    @rule()
    def lose_workers(self) -> None:
        while self.works:
            self.run(self.drive.kill(0))

    @rule(forgets=st.booleans())
    def ring_wrongly(self, forgets: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        """Let Valkey forget all rings, or ring twice for all runs, the oldest last."""
        self.run(self.drive.flush_valkey() if forgets else self.drive.ring_again())

    @rule()
    def cut_sessions(self) -> None:
        self.run(self.drive.cut_sessions())

    @rule(count=st.integers(1, 3), of_workers=st.booleans())
    def lose_answers(self, count: int, of_workers: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        self.drive.lose(count, of_workers=of_workers)
