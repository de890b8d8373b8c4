"""What keeps a run from sleeping through what it waits for."""

from tests.mutations.mutation import Edit, Mutation

WAITS = "worker/execution/waits.py"
ANSWERS = "app/runs/repository/answers.py"
JOURNAL = "worker/execution/journal.py"
JOURNAL_TESTS = "tests/worker/test_journal.py"
CHILD_TESTS = "tests/worker/test_child_entries.py"
FORM_TESTS = "tests/worker/test_form_races.py"

MUTATIONS = (
    Mutation(
        "parked-with-a-resolved-wait",
        "the look at its waits, under its lock, when a run parks",
        (Edit(WAITS, "GROUP BY run_id HAVING bool_and(resolved_at IS NULL)", "GROUP BY run_id"),),
        ("tests/worker/test_waiting.py::test_a_wait_that_is_resolved_before_parking_keeps_the_run_awake",),
    ),
    Mutation(
        "parked-with-a-cancel",
        "the look for a cancel, under its lock, when a run parks",
        (Edit(WAITS, "held.id = open.run_id AND cancel_requested_at IS NULL", "held.id = open.run_id"),),
        (f"{JOURNAL_TESTS}::test_parking_with_a_cancel_asked_for_keeps_the_lease",),
    ),
    Mutation(
        "released-with-a-cancel",
        "the end of a run that was asked to cancel and is released",
        (
            Edit(
                JOURNAL,
                "for run_id in releasing if locked[run_id].cancel_requested_at is not None]",
                "for run_id in releasing if False]",
            ),
        ),
        (f"{JOURNAL_TESTS}::test_releasing_with_a_cancel_asked_for_ends_the_run",),
    ),
    Mutation(
        "waits-begun-closed",
        "sparing a wait that begins where another ends, when a flush is repeated",
        (Edit(JOURNAL, "for wait in entry.closed], begun)", "for wait in entry.closed], [])"),),
        (f"{CHILD_TESTS}::test_a_flush_that_is_repeated_does_not_undo_what_its_child_has_resolved_meanwhile",),
    ),
    Mutation(
        "answered-twice",
        "the condition that only an open form takes an answer",
        (Edit(ANSWERS, "AND resolved_at IS NULL AND (due_at", "AND (due_at"),),
        (f"{FORM_TESTS}::test_a_form_whose_owner_has_closed_it_takes_no_answer",),
    ),
    Mutation(
        "terminal-guard-in-answers",
        "the refusal of answers for runs that are over",
        (Edit(ANSWERS, "if run is None or not run.is_live or run.cancel", "if run is None or run.cancel"),),
        (f"{FORM_TESTS}::test_a_run_that_ends_meanwhile_takes_no_answer",),
    ),
    Mutation(
        "answered-without-lock",
        "the lock of the run under which a form is answered",
        (
            Edit(
                ANSWERS,
                "from app.runs.repository.locks import lock_with_family\n",
                "from app.runs.repository.locks import _LOCK_FAMILY, LockedRun\n"
                "from app.runs.states import RunStatus\n\n"
                '_READ = Statement(str(_LOCK_FAMILY).replace("FOR NO KEY UPDATE", ""))\n',
            ),
            Edit(
                ANSWERS,
                "    run = (await lock_with_family(driver, [], [place.run_id])).get(place.run_id)\n",
                '    rows = await _READ.rows(driver, {"ending": [], "others": [place.run_id]})\n'
                '    read = [LockedRun(**(dict(row) | {"status": RunStatus(row.status)})) for row in rows]\n'
                "    run = read[0] if read else None\n",
            ),
        ),
        (f"{FORM_TESTS}::test_an_answer_that_comes_while_its_run_parks_makes_it_due",),
    ),
    Mutation(
        "form-closed-unasked",
        "closing a form in the database before its time is over",
        (Edit("worker/execution/flight.py", "if wait is not None and wait.may_be_answered:", "if False:"),),
        (f"{FORM_TESTS}::test_an_answer_that_its_owner_has_not_heard_of_wins_against_the_clock",),
    ),
)
