"""What gives each run to one worker at a time, and takes it from none that lives."""

from tests.mutations.mutation import Edit, Mutation

CLAIM = "worker/execution/claim.py"
LOOKING = "worker/execution/looking.py"
PRESENCE = "worker/execution/presence.py"
FAIRNESS_TESTS = "tests/worker/test_fairness.py"
LOOKING_TESTS = "tests/worker/test_looking.py"
RECOVERY_TESTS = "tests/worker/test_recovery.py"
BOARDING_TESTS = "tests/worker/test_boarding.py"

MUTATIONS = (
    Mutation(
        "claim-what-is-held",
        "the condition that only a run that is due is claimed by its id",
        (Edit(CLAIM, "WHERE id = ANY(:ids) AND ready AND NOT", "WHERE id = ANY(:ids) AND NOT"),),
        (f"{FAIRNESS_TESTS}::test_a_run_that_somebody_holds_is_not_claimed_by_its_id",),
    ),
    Mutation(
        "claim-on-an-old-view",
        "the second look, under its lock, at a run that is claimed in rounds",
        (Edit(CLAIM, "WHERE id IN (SELECT id FROM due) AND ready FOR", "WHERE id IN (SELECT id FROM due) FOR"),),
        (f"{FAIRNESS_TESTS}::test_a_run_that_another_claim_took_meanwhile_is_not_taken_again",),
    ),
    Mutation(
        "claims-wait-in-rounds",
        "passing over runs that somebody has locked, when claiming in rounds",
        (
            Edit(
                CLAIM,
                "(SELECT id FROM due) AND ready FOR NO KEY UPDATE SKIP LOCKED",
                "(SELECT id FROM due) AND ready FOR NO KEY UPDATE",
            ),
        ),
        (f"{FAIRNESS_TESTS}::test_no_claim_waits_for_a_run_that_somebody_has_locked",),
    ),
    Mutation(
        "claims-wait-by-id",
        "passing over runs that somebody has locked, when claiming by id",
        (
            Edit(
                CLAIM,
                "AND ready AND NOT {SUSPECT} FOR NO KEY UPDATE SKIP LOCKED",
                "AND ready AND NOT {SUSPECT} FOR NO KEY UPDATE",
            ),
        ),
        (f"{FAIRNESS_TESTS}::test_no_claim_waits_for_a_run_that_somebody_has_locked",),
    ),
    Mutation(
        "same-fence-again",
        "the new fence of each claim",
        (Edit(CLAIM, "fence = fence + 1, ", ""),),
        (f"{RECOVERY_TESTS}::test_a_claim_whose_answer_was_lost_is_made_again",),
    ),
    Mutation(
        "claims-of-the-dead",
        "the condition that a worker that was declared dead claims nothing",
        (Edit(CLAIM, "WHERE workers.id = :worker AND dead_at IS NULL)", "WHERE workers.id = :worker)"),),
        (f"{FAIRNESS_TESTS}::test_a_worker_that_is_declared_dead_claims_nothing",),
    ),
    Mutation(
        "taken-from-the-living",
        "the condition that only dead workers lose their runs",
        (Edit(PRESENCE, "if owner in living:", "if owner == self._engine.worker_id:"),),
        (f"{RECOVERY_TESTS}::test_a_stale_owner_writes_nothing_after_a_takeover",),
    ),
    Mutation(
        "dead-in-spite-of-a-beat",
        "the comparison of the beat when a worker is declared dead",
        (Edit(LOOKING, "WHERE id = :id AND beat = :beat AND dead_at IS NULL", "WHERE id = :id AND dead_at IS NULL"),),
        (f"{LOOKING_TESTS}::test_declaring_dead_loses_against_a_beat",),
    ),
    Mutation(
        "blind-time-counts",
        "the bound of what counts as silence where the observer itself could not read",
        (Edit(LOOKING, "min(now - self._looked_at, LONGEST_GAP_SECONDS)", "now - self._looked_at"),),
        ("tests/worker/test_lease.py::test_a_silent_worker_is_dead_after_eight_readable_seconds",),
    ),
    Mutation(
        "pids-of-elsewhere",
        "the condition that process ids are compared within one boot and namespace",
        (Edit(LOOKING, "return bool(is_ours) and started_ticks", "return started_ticks"),),
        ("tests/worker/test_lease.py::test_a_number_means_nothing_on_another_machine_or_in_another_namespace",),
    ),
    Mutation(
        "progress-of-earlier-claims",
        "the comparison of the fence of what counts as progress at a takeover",
        (
            Edit(
                LOOKING,
                "WHERE run_logs.run_id = held.id AND run_logs.fence = held.fence AND seq > 1",
                "WHERE run_logs.run_id = held.id AND seq > 1",
            ),
        ),
        (f"{LOOKING_TESTS}::test_only_progress_under_the_dead_owners_own_fence_counts",),
    ),
    Mutation(
        "poison-for-ever",
        "the end of a run that has killed five workers",
        (Edit("worker/execution/executor.py", "if self.run.takeovers >= MAX_TAKEOVERS:", "if False:"),),
        (f"{RECOVERY_TESTS}::test_a_run_that_kills_its_workers_is_given_up_after_five_takeovers",),
    ),
    Mutation(
        "suspects-together",
        "holding one at a time of the runs whose workers died",
        (
            Edit(CLAIM, '_DUE = f"ready AND NOT {SUSPECT}"', '_DUE = "ready"'),
            Edit(CLAIM, "id = ANY(:ids) AND ready AND NOT {SUSPECT} FOR", "id = ANY(:ids) AND ready FOR"),
        ),
        (f"{RECOVERY_TESTS}::test_a_worker_holds_one_suspect_at_a_time",),
    ),
    Mutation(
        "unheard-claims-kept",
        "giving back what was claimed without hearing of it",
        (Edit(PRESENCE, "await self._give_back_unheard(view, worker_id)", "pass"),),
        (f"{RECOVERY_TESTS}::test_a_claim_whose_answer_was_lost_is_made_again",),
    ),
    Mutation(
        "given-back-while-claimed",
        "waiting for the claim that may still bring a run that is not held",
        (Edit(PRESENCE, "if since % 2 == 1 and since == claims}", "if False}"),),
        (f"{BOARDING_TESTS}::test_a_run_whose_journal_is_being_read_is_not_given_back",),
    ),
    Mutation(
        "given-back-by-an-old-fence",
        "the comparison of the fence of what is given back",
        (Edit(LOOKING, "AND runs.fence = lost.fence AND lease_owner = :worker", "AND lease_owner = :worker"),),
        (f"{BOARDING_TESTS}::test_a_claim_that_was_made_since_is_not_given_back_for_an_earlier_one",),
    ),
)
