"""What makes of each accepted request one run that somebody notices: commits before answers and bells, and looking."""

from textwrap import indent

from tests.mutations.mutation import Edit, Mutation

STARTS = "app/runs/repository/starts.py"
JOURNAL = "worker/execution/journal.py"
UNIT = "app/unit_of_work.py"
ECHO_TESTS = "tests/worker/test_echoes.py"

_FIRST = "        await doorbell.ring(work.rings)\n"  # right behind the transaction of a unit of work


def _before_commit(lines: str) -> tuple[Edit, ...]:
    """Move lines from behind the transaction of a unit of work to its end."""
    moved = indent(lines, "    ")
    return (
        (Edit(UNIT, _FIRST, moved),) if lines == _FIRST else (Edit(UNIT, lines, ""), Edit(UNIT, _FIRST, moved + _FIRST))
    )


MUTATIONS = (
    Mutation(
        "looking-off",
        "looking",
        (
            Edit(
                "worker/execution/presence.py",
                "            self._look_now.clear()\n",
                "            await asyncio.Event().wait()\n",
            ),
        ),
        ("tests/worker/test_recovery.py::test_a_run_is_found_without_any_ring",),
    ),
    Mutation(
        "ring-before-commit",
        "the commit before the bell rings for a run",
        _before_commit(_FIRST),
        (f"{ECHO_TESTS}::test_a_run_that_is_accepted_with_something_else_can_be_claimed_when_its_bell_rings",),
    ),
    Mutation(
        "removal-before-commit",
        "the commit before the bell rings for a deleted workflow",
        _before_commit("        await doorbell.ring(work.removals, REMOVE_WORKFLOW)\n"),
        ("tests/api/test_commits.py::test_nothing_is_rung_for_what_was_not_committed",),
    ),
    Mutation(
        "told-before-commit",
        "the commit before the owner of a run is told that something was asked",
        _before_commit(
            "        for worker_id, run_id in work.notices:\n            await doorbell.tell(worker_id, run_id)\n"
        ),
        (f"{ECHO_TESTS}::test_an_owner_who_is_told_of_a_cancel_finds_it",),
    ),
    Mutation(
        "ring-before-start",
        "the commit before the bell rings for runs that start together",
        (
            Edit(
                STARTS,
                "            await self._insert([run for run, _ in batch])\n",
                "            self._ring([run for run, _ in batch])\n"
                "            await asyncio.sleep(0.01)\n"
                "            await self._insert([run for run, _ in batch])\n",
            ),
        ),
        (f"{ECHO_TESTS}::test_a_new_run_can_be_claimed_when_its_bell_rings",),
    ),
    Mutation(
        "ring-before-release",
        "the commit before the bell rings for a run that is released",
        (
            Edit(
                JOURNAL,
                "            echo.rings += await self._start_children(driver, valid, over=set(echo.ended))\n",
                "            echo.rings += await self._start_children(driver, valid, over=set(echo.ended))\n"
                "            await self._doorbell.ring(echo.rings)\n",
            ),
        ),
        (f"{ECHO_TESTS}::test_a_released_run_can_be_claimed_when_its_bell_rings",),
    ),
    Mutation(
        "accepted-before-commit",
        "the commit before a run is accepted",
        (
            Edit(
                STARTS,
                "            await self._insert([run for run, _ in batch])\n",
                "            _settle_all(batch, None)\n            await self._insert([run for run, _ in batch])\n",
            ),
        ),
        ("tests/api/test_shared_commits.py::test_without_the_database_nothing_is_accepted",),
    ),
    Mutation(
        "request-key",
        "the unique key of requests that carry an Idempotency-Key",
        (
            Edit(
                "migrations/versions/0002_whole_api.py",
                "CONSTRAINT pk_idempotency_keys PRIMARY KEY (org_id, route, resource, key)",
                "CONSTRAINT pk_idempotency_keys CHECK (true)",
            ),
        ),
        ("tests/api/test_idempotency_keys.py::test_twenty_equal_requests_at_once_start_one_run",),
    ),
    Mutation(
        "rings-taken-along",
        "ringing for others where a ring has come to a worker that leaves",
        (
            Edit("worker/execution/engine.py", "        await self._doorbell.ring(ordinary)\n", ""),
            Edit("worker/execution/engine.py", "        await self._doorbell.ring_urgently(urgent)\n", ""),
        ),
        ("tests/worker/test_boarding.py::test_a_worker_that_leaves_rings_for_others_where_a_ring_has_come_to_it",),
    ),
    Mutation(
        "woken-in-vain",
        "waking another worker where one without free slots was woken",
        (Edit("worker/wake.py", "if woken and self._slots.free_slots <= 0:", "if False:"),),
        ("tests/worker/test_jobs.py::test_a_worker_that_is_woken_in_vain_wakes_another_one",),
    ),
)
