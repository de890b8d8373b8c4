"""What makes each due time of a schedule start one run."""

from tests.mutations.mutation import Edit, Mutation

SCHEDULES = "worker/execution/schedules.py"
SCHEDULE_TESTS = "tests/worker/test_schedules.py"
RACE_TESTS = "tests/worker/test_schedule_races.py"

MUTATIONS = (
    Mutation(
        "fired-twice",
        "the mark by which a due time is known that has fired",
        (Edit(SCHEDULES, "for run in runs.values() if run.id in set(marked)]", "for run in runs.values()]"),),
        (
            "tests/worker/test_schedules.py::test_a_due_time_that_has_fired_does_not_fire_again_when_somebody_plans_it_anew",
        ),
    ),
    Mutation(
        "firing-key",
        "the unique key of the due times that have fired",
        (
            Edit(
                "migrations/versions/0003_node_library.py",
                "CONSTRAINT pk_schedule_firings PRIMARY KEY (workflow_id, scheduled_for)",
                "CONSTRAINT pk_schedule_firings CHECK (true)",
            ),
        ),
        (f"{SCHEDULE_TESTS}::test_a_due_time_that_has_fired_does_not_fire_again_when_somebody_plans_it_anew",),
    ),
    Mutation(
        "fired-unlocked",
        "the row lock under which a workflow fires",
        (Edit(SCHEDULES, "LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED", "LIMIT :batch"),),
        (f"{RACE_TESTS}::test_whoever_changes_a_workflow_decides_whether_it_fires",),
    ),
    Mutation(
        "schedule-ring-before-commit",
        "the commit before the bell rings for what a schedule starts",
        (
            Edit(
                SCHEDULES,
                "            runs = await self._start(driver, ticks, scribe)\n",
                "            runs = await self._start(driver, ticks, scribe)\n"
                "            await self._doorbell.ring([run.id for run in runs])\n",
            ),
        ),
        ("tests/worker/test_echoes.py::test_a_scheduled_run_can_be_claimed_when_its_bell_rings",),
    ),
)
