"""What keeps a journal true: the lock under which the fence is compared, and a row for each attempt."""

from tests.mutations.mutation import Edit, Mutation

JOURNAL = "worker/execution/journal.py"
JOURNAL_TESTS = "tests/worker/test_journal.py"

MUTATIONS = (
    Mutation(
        "row-lock",
        "the row lock under which a flush compares the fence",
        (
            Edit(
                "app/runs/repository/locks.py",
                "FROM runs WHERE id = ANY(ARRAY(SELECT id FROM family)) ORDER BY id FOR NO KEY UPDATE\n",
                "FROM runs WHERE id = ANY(ARRAY(SELECT id FROM family)) ORDER BY id\n",
            ),
        ),
        (f"{JOURNAL_TESTS}::test_a_takeover_that_commits_while_a_flush_waits_for_its_row_refuses_the_flush",),
    ),
    Mutation(
        "fence-check",
        "the comparison of the fence",
        (Edit(JOURNAL, "run.is_live and run.fence == entry.fence and", "run.is_live and"),),
        (f"{JOURNAL_TESTS}::test_nothing_is_written_of_a_run_that_is_not_ours_any_more",),
    ),
    Mutation(
        "owner-check",
        "the comparison of the owner",
        (Edit(JOURNAL, " and run.lease_owner == self.worker_id", ""),),
        (f"{JOURNAL_TESTS}::test_nothing_is_written_of_a_run_that_is_not_ours_any_more",),
    ),
    Mutation(
        "terminal-guard-in-journal",
        "the refusal of flushes for runs that are over",
        (Edit(JOURNAL, "run is not None and run.is_live and", "run is not None and"),),
        (f"{JOURNAL_TESTS}::test_nothing_is_written_of_a_run_that_is_not_ours_any_more",),
    ),
    Mutation(
        "journal-key",
        "the unique key of the journal",
        (
            Edit(
                "migrations/versions/0001_foundation.py",
                "CONSTRAINT pk_run_logs PRIMARY KEY (run_id, path, node_id, attempt)",
                "CONSTRAINT pk_run_logs CHECK (true)",
            ),
        ),
        (f"{JOURNAL_TESTS}::test_steps_whose_commit_was_not_heard_of_are_recorded_once",),
    ),
    Mutation(
        "rows-of-other-claims",
        "the refusal of a flush whose step another claim has recorded",
        (
            Edit(
                "worker/execution/records.py",
                "if fences.get((step.run_id, step.path, step.node_id, step.attempt)) != step.fence",
                "if (step.run_id, step.path, step.node_id, step.attempt) not in fences",
            ),
        ),
        (f"{JOURNAL_TESTS}::test_a_step_that_another_claim_has_recorded_is_not_recorded_again",),
    ),
    Mutation(
        "refused-and-going-on",
        "the end of an execution whose rows were refused",
        (
            Edit(
                "worker/execution/recorder.py",
                "    if verdict.result() is Verdict.REFUSED:\n        raise DroppedError\n",
                "",
            ),
        ),
        ("tests/worker/test_refusals.py::test_no_effect_starts_of_a_run_whose_rows_were_refused",),
    ),
    Mutation(
        "child-inserted-again",
        "knowing a child that a flush has inserted whose answer was lost",
        (Edit("app/runs/repository/children.py", "        ON CONFLICT DO NOTHING\n", ""),),
        ("tests/worker/test_child_entries.py::test_a_flush_that_is_repeated_inserts_and_counts_its_child_once",),
    ),
    Mutation(
        "frozen-locks-kept",
        "the end of a transaction in which nothing happens any more",
        (
            Edit(
                "app/core/db.py",
                '        server_settings["idle_in_transaction_session_timeout"] = f"{IDLE_TRANSACTION_SECONDS}s"\n',
                "",
            ),
        ),
        ("tests/worker/test_frozen.py::test_a_process_that_froze_in_a_transaction_does_not_keep_its_runs",),
    ),
)
