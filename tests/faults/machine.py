"""Rules by which Hypothesis drives a small system in any order, and what must be true after each of them."""

import sys

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, precondition, rule

from tests.faults.accounts import Accepted, Flow
from tests.faults.driving import Drive
from tests.faults.echoing import Mood
from tests.faults.ledger import Ledger
from tests.faults.miniature import MOST_WORKERS, Miniature
from tests.faults.shapes import CALLED, SHAPES, TRIGGERS

KEYS = st.sampled_from([None, "a", "b"])
NUMBERS = st.integers(0, MOST_WORKERS - 1)
NODES = st.sampled_from(["n0", "first", "t", "loop", "left", "broken"])


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

    @initialize(target=flows, shape=st.sampled_from(list(SHAPES)), trigger=st.sampled_from(TRIGGERS))
    def begin(self, shape: str, trigger: str) -> Flow:
        self.run(self.drive.miniature.hire())
        flow = self.run(self.drive.create(shape, trigger))
        assert flow is not None
        return flow

    @rule(target=flows, shape=st.sampled_from(list(SHAPES)), trigger=st.sampled_from(TRIGGERS))
    def create(self, shape: str, trigger: str) -> object:
        return self.run(self.drive.create(shape, trigger)) or multiple()

    @rule(target=callees, shape=st.sampled_from(list(SHAPES)))
    def create_callee(self, shape: str) -> object:
        return self.run(self.drive.create(shape, CALLED)) or multiple()

    @rule(target=flows, callee=callees, shape=st.sampled_from(["calling", "calling aside"]))
    def create_caller(self, callee: Flow, shape: str) -> object:
        return self.run(self.drive.create(shape, TRIGGERS[0], callee)) or multiple()

    @rule(flow=flows | callees)
    def edit(self, flow: Flow) -> None:
        self.run(self.drive.edit(flow))

    @rule(flow=flows | callees, on=st.booleans())
    def switch(self, flow: Flow, on: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        self.run(self.drive.switch(flow, on=on))

    @rule(flow=consumes(flows))
    def delete(self, flow: Flow) -> None:
        self.run(self.drive.delete(flow))

    # Runs

    @rule(target=runs, flow=flows, key=KEYS)
    def execute(self, flow: Flow, key: str | None) -> object:
        return self.run(self.drive.execute(flow, key)) or multiple()

    @rule(target=runs, flow=flows.filter(lambda flow: flow.path != ""), key=KEYS)
    def call_webhook(self, flow: Flow, key: str | None) -> object:
        return self.run(self.drive.call_webhook(flow, key)) or multiple()

    @rule(target=runs, event_id=st.sampled_from(["e", "f"]))
    def send_event(self, event_id: str) -> object:
        return multiple(*self.run(self.drive.send_event(event_id)))

    @rule(run=runs)
    def cancel(self, run: Accepted) -> None:
        self.run(self.drive.cancel(run))

    @rule(target=runs, run=runs, definition=st.sampled_from(["current", "original"]))
    def rerun(self, run: Accepted, definition: str) -> object:
        return self.run(self.drive.repeat(run, "rerun", definition)) or multiple()

    @rule(target=runs, run=runs, node=NODES, definition=st.sampled_from(["current", "original"]))
    def resume(self, run: Accepted, node: str, definition: str) -> object:
        return self.run(self.drive.repeat(run, f"resume-from/{node}", definition)) or multiple()

    @rule(button=st.sampled_from(["yes", "no"]))
    def answer_forms(self, button: str) -> None:
        self.run(self.drive.answer_forms(button))

    # Targets and time

    @rule(mood=st.sampled_from(Mood))
    def answer_so(self, mood: Mood) -> None:
        self.drive.target.mood = mood

    @rule()
    def answer_nothing(self) -> None:
        self.drive.target.gate.clear()

    @rule()
    def answer_again(self) -> None:
        self.drive.target.gate.set()

    @rule()
    def pass_time(self) -> None:
        self.run(self.drive.pass_time())

    @precondition(lambda self: self.works)
    @rule()
    def settle(self) -> None:
        self.run(self.drive.settle())

    @precondition(lambda self: self.works)
    @rule()
    def until_called(self) -> None:
        self.run(self.drive.until_called())

    # Faults

    @precondition(lambda self: len(self.miniature.workers) < MOST_WORKERS)
    @rule()
    def start_worker(self) -> None:
        self.run(self.miniature.hire())

    @precondition(lambda self: self.works)
    @rule(number=NUMBERS)
    def kill_worker(self, number: int) -> None:
        self.run(self.drive.kill(number))

    @precondition(lambda self: self.works)
    @rule(number=NUMBERS)
    def stop_worker(self, number: int) -> None:
        self.run(self.drive.stop(number))

    @precondition(lambda self: self.works)
    @rule()
    def kill_all(self) -> None:
        while self.works:
            self.run(self.drive.kill(0))

    @rule()
    def flush_valkey(self) -> None:
        self.run(self.drive.flush_valkey())

    @rule()
    def ring_again(self) -> None:
        self.run(self.drive.ring_again())

    @rule()
    def cut_sessions(self) -> None:
        self.run(self.drive.cut_sessions())

    @rule(count=st.integers(1, 3), of_workers=st.booleans())
    def lose_answers(self, count: int, of_workers: bool) -> None:  # noqa: FBT001 -- Hypothesis passes by name
        self.drive.lose(count, of_workers=of_workers)
