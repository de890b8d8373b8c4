"""What tells the living from the dead, and what the dead do when they hear of it."""

from tests.mutations.mutation import Edit, Mutation

BEAT = "worker/execution/beat.py"
LEASE_TESTS = "tests/worker/test_lease.py"
BOARDING_TESTS = "tests/worker/test_boarding.py"
RECOVERY_TESTS = "tests/worker/test_recovery.py"

MUTATIONS = (
    Mutation(
        "beat-stopped",
        "the beat",
        (Edit(BEAT, "silent < LOOP_SILENT_SECONDS and await self._beat(engine)", "silent < LOOP_SILENT_SECONDS"),),
        (f"{LEASE_TESTS}::test_a_worker_beats_and_its_beats_are_seen",),
    ),
    Mutation(
        "beat-of-the-hung",
        "the end of beating where the event loop hangs",
        (Edit(BEAT, "silent < LOOP_SILENT_SECONDS and await self._beat(engine)", "await self._beat(engine)"),),
        (f"{LEASE_TESTS}::test_a_worker_whose_loop_hangs_stops_beating",),
    ),
    Mutation(
        "beat-of-the-dead",
        "the condition that a worker that was declared dead beats no more",
        (Edit(BEAT, "beat = beat + 1 WHERE id = :worker AND dead_at IS NULL", "beat = beat + 1 WHERE id = :worker"),),
        (f"{LEASE_TESTS}::test_a_worker_that_was_declared_dead_hears_it_with_its_next_beat",),
    ),
    Mutation(
        "lease-from-the-answer",
        "counting the lease from before its beat was sent",
        (
            Edit(
                BEAT,
                "self._lease.renewed(sent_at)\n            found",
                "self._lease.renewed(self._clock.boottime())\n            found",
            ),
        ),
        (f"{LEASE_TESTS}::test_a_beat_that_took_its_time_counts_from_before_it_was_sent",),
    ),
    Mutation(
        "lease-without-margin",
        "the seconds that an effect needs before the others would take over",
        (
            Edit(
                "worker/execution/lease.py",
                "self._clock.boottime() + margin_seconds < sent + DEAD_AFTER_SECONDS",
                "self._clock.boottime() < sent + DEAD_AFTER_SECONDS",
            ),
        ),
        (f"{LEASE_TESTS}::test_a_lease_holds_until_two_seconds_before_the_others_would_take_over",),
    ),
    Mutation(
        "runs-kept-without-lease",
        "dropping all runs when the lease is lost",
        (Edit("worker/execution/presence.py", "            self._engine.abandon_all()\n", ""),),
        (
            f"{BOARDING_TESTS}::test_a_run_whose_lease_was_lost_while_its_journal_was_read_is_not_started",
            f"{RECOVERY_TESTS}::test_a_worker_whose_lease_was_taken_goes_on_under_a_new_id",
        ),
    ),
    Mutation(
        "started-without-lease",
        "dropping what was being claimed while the lease was lost",
        (
            Edit(
                "worker/execution/engine.py",
                "for run in claimed if abandonments == self._abandonments else ():",
                "for run in claimed:",
            ),
        ),
        (f"{BOARDING_TESTS}::test_a_run_whose_lease_was_lost_while_its_journal_was_read_is_not_started",),
    ),
)
