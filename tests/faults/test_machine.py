"""Whatever is done to a small system in whichever order, every accepted run comes to what was promised."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import seed as repeated_by
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.ledger import Ledger
from tests.faults.machine import Machine
from tests.faults.miniature import Miniature, miniature
from tests.faults.seeds import seed

# No example takes nothing: each starts workers and waits for facts of a real database.
UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture
def small(own_database: str, redis_url: str, servers_folder: Path) -> Iterator[Miniature]:
    with miniature(own_database, redis_url, servers_folder) as built:
        yield built


def drive(small: Miniature, ledger: Ledger, *, examples: int, steps: int) -> None:
    """Run random examples, the same for the same seed, and shrink the first that fails."""

    @repeated_by(seed())
    class Driven(Machine):
        def __init__(self) -> None:
            super().__init__(small, ledger)

    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=UNHURRIED,
    )
    run_state_machine_as_test(Driven, settings=chosen)


@pytest.mark.timeout(600)  # where it fails, what led there is made as short as it gets before it is told
def test_a_few_random_histories_end_as_promised(small: Miniature, ledger: Ledger) -> None:
    drive(small, ledger, examples=8, steps=15)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_many_random_histories_end_as_promised(small: Miniature, ledger: Ledger) -> None:
    drive(small, ledger, examples=100, steps=25)
