"""What makes each run end once, with all that hangs on it."""

from tests.mutations.mutation import Edit, Mutation

ENDS = "app/runs/repository/ends.py"
CHILD_TESTS = "tests/worker/test_child_entries.py"
ENDS_TESTS = "tests/worker/test_ends.py"

MUTATIONS = (
    Mutation(
        "terminal-guard-in-ends",
        "leaving runs as they are that have ended",
        (Edit(ENDS, " for end in ends if locked[end.run_id].is_live]", " for end in ends]"),),
        (f"{ENDS_TESTS}::test_an_ended_run_stays_as_it_is",),
    ),
    Mutation(
        "terminal-guard-in-resolving",
        "leaving parents as they are that have ended",
        (
            Edit(
                ENDS,
                "AND lease_owner IS NULL AND status NOT IN ('completed', 'failed')",
                "AND lease_owner IS NULL",
            ),
        ),
        (f"{ENDS_TESTS}::test_a_parent_that_is_over_is_not_made_ready_by_the_end_of_its_child",),
    ),
    Mutation(
        "terminal-guard-in-timers",
        "leaving the timers of runs that have ended",
        (
            Edit(
                "worker/execution/looking.py",
                "due_at IS NOT NULL AND lease_owner IS NULL AND {LIVE}",
                "due_at IS NOT NULL AND lease_owner IS NULL",
            ),
        ),
        ("tests/worker/test_looking.py::test_timers_of_runs_that_somebody_holds_or_that_are_over_are_not_looked_at",),
    ),
    Mutation(
        "held-parents-made-due",
        "the condition that only a parent that nobody holds is made due",
        (Edit(ENDS, "WHERE id = ANY(:ids) AND lease_owner IS NULL AND status", "WHERE id = ANY(:ids) AND status"),),
        (f"{ENDS_TESTS}::test_a_leased_parent_is_told_instead_of_made_ready",),
    ),
    Mutation(
        "parents-left-waiting",
        "resolving what a parent waits for in the transaction that ends its child",
        (Edit(ENDS, "if any(wait.is_parents for wait in waits):", "if False:"),),
        (f"{ENDS_TESTS}::test_the_end_of_a_child_resolves_its_parents_wait_in_the_same_transaction",),
    ),
    Mutation(
        "children-left-running",
        "ending the children of a run that ends",
        (Edit(ENDS, "for child in children if child.lease_owner is None]", "for child in children if False]"),),
        (f"{ENDS_TESTS}::test_the_end_of_a_parent_ends_children_nobody_holds_and_asks_the_owners_of_others",),
    ),
    Mutation(
        "held-children-unasked",
        "asking the owners of a run's children when it ends",
        (Edit(ENDS, "for child in children if child.lease_owner is not None]", "for child in children if False]"),),
        (f"{ENDS_TESTS}::test_the_end_of_a_parent_ends_children_nobody_holds_and_asks_the_owners_of_others",),
    ),
    Mutation(
        "nobody-asked",
        "asking nobody about a child whose owner gives it up in the same flush",
        (Edit("worker/execution/journal.py", "for run_id in (*parked, *going_on):", "for run_id in ():"),),
        (
            (
                "tests/worker/test_journal.py::"
                "test_a_child_whose_lease_is_given_up_as_its_parent_ends_ends_with_it[Transition.PARK]"
            ),
        ),
    ),
    Mutation(
        "waits-left-open",
        "closing the waits of a run that ends",
        (Edit(ENDS, "if any(not wait.is_parents for wait in waits):", "if False:"),),
        (f"{ENDS_TESTS}::test_cancelling_a_parked_run_ends_it_and_closes_its_wait",),
    ),
    Mutation(
        "cancel-outrun",
        "the end as cancelled of a run that was asked to cancel",
        (Edit(ENDS, "return end if run.cancel_requested_at is None else", "return end if True else"),),
        ("tests/worker/test_cancel_races.py::test_a_run_that_was_asked_to_cancel_ends_so_whatever_its_owner_brings",),
    ),
    Mutation(
        "cancel-forgotten-at-the-claim",
        "the end of a run that was asked to cancel before it was claimed",
        (
            Edit(
                "worker/execution/executor.py",
                "self._cancelled = run.cancel_requested_at is not None",
                "self._cancelled = False",
            ),
        ),
        (f"{ENDS_TESTS}::test_a_run_cancelled_before_its_first_claim_starts_nothing",),
    ),
    Mutation(
        "children-of-the-ended",
        "starting no child that a run would wait for which ends with the same flush",
        (
            Edit(
                "worker/execution/journal.py",
                "if not (child.is_awaited and entry.run_id in over)",
                "if True",
            ),
        ),
        (f"{CHILD_TESTS}::test_where_a_run_ends_with_the_entry_nothing_starts_that_it_would_wait_for",),
    ),
)
