"""A target whose answers say which step of which definition asked, and that can be told to fail or to hang up."""

import json
from collections import defaultdict
from enum import StrEnum

from tests.faults.calls import step_of
from tests.faults.invariants import VERSION_HEADER, header_of
from tests.faults.witness import Witness
from tests.fixtures.target import HANG_UP, answer

BROKEN = "/broken"  # what is asked for here fails, whatever the mood


class Mood(StrEnum):
    WELL = "well"
    FAILING = "failing"
    HANGING_UP = "hanging up"


class Echoing(Witness):
    """Remembers with which statuses each step was answered; 0 where the connection was closed instead."""

    def __init__(self) -> None:
        super().__init__()
        self.mood = Mood.WELL
        self.statuses: dict[str, set[int]] = defaultdict(set)

    def reply(self, request: bytes) -> bytes:
        super().reply(request)
        step = step_of(request)
        if self.mood is Mood.HANGING_UP:
            self.statuses[step].add(0)
            return HANG_UP
        fails = self.mood is Mood.FAILING or BROKEN.encode() in request.split()[1]
        self.statuses[step].add(500 if fails else 200)
        said = {"label": header_of(request, VERSION_HEADER), "step": step}
        status = "500 Internal Server Error" if fails else "200 OK"
        return answer(json.dumps(said).encode(), "Content-Type: application/json", status=status)
