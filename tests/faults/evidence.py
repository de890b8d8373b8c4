"""What an experiment knows of what it did: against this a system is held in the end."""

from collections.abc import Iterable, Mapping, Sequence

import httpx

from tests.faults import invariants
from tests.faults.invariants import Asked
from tests.faults.ledger import Ledger
from tests.faults.witness import Witness

ANSWERS = 20  # of so many runs the API is asked, too


class Evidence:
    """Runs that were accepted, targets that were called, secrets that no log may show."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.accepted: list[str] = []
        self._removed = 0
        self.witnesses: list[Witness] = []
        self.secrets: list[str] = []

    def removed(self, run_ids: Iterable[str]) -> None:
        """Expect no rows any more of runs that the system has removed, with their workflow or by their age."""
        gone = set(run_ids)
        kept = [run_id for run_id in self.accepted if run_id not in gone]
        self._removed += len(self.accepted) - len(kept)
        self.accepted = kept

    async def against(
        self, asked: Asked, api: httpx.AsyncClient, printed: Mapping[str, str], spared: Sequence[str]
    ) -> list[str]:
        """Return all that is wrong. `printed` is what processes have logged, by process."""
        self._sum_up()
        return [
            *await invariants.never(asked, spared),
            *await invariants.of_effects(asked, self.witnesses, self.ledger),
            *await invariants.of_order(asked),
            *await invariants.of_versions(asked, self.witnesses),
            *await invariants.of_secrets(asked, self.secrets, printed),
            *await invariants.of_answers(asked, api, self.accepted[-ANSWERS:]),
        ]

    def _sum_up(self) -> None:
        calls = [len(made) for witness in self.witnesses for made in witness.by_step.values()]
        self.ledger.accepted = len(self.accepted) + self._removed
        self.ledger.called, self.ledger.repeated = sum(calls), sum(calls) - len(calls)
