"""What stands before an outside effect, and what lets its receiver know a repetition."""

from tests.mutations.mutation import Edit, Mutation

FLIGHT = "worker/execution/flight.py"

DEPARTURE = "worker/execution/departure.py"

_NO_LOOK_WHEN_SENDING = Edit(
    DEPARTURE, "may_leave = not self._is_turned_back and self._gate.is_open()", "may_leave = not self._is_turned_back"
)
_NO_LOOK_BEFORE = Edit(
    DEPARTURE,
    "            await self._gate.opened()\n            self._is_turned_back = False\n",
    "            self._is_turned_back = False\n",
)

MUTATIONS = (
    Mutation(
        "effect-without-lease",
        "any look at the lease before an effect",
        (_NO_LOOK_BEFORE, _NO_LOOK_WHEN_SENDING),  # one alone is not missed where nothing happens in between
        ("tests/worker/test_holding.py::test_no_effect_starts_while_the_lease_is_not_sure",),
    ),
    Mutation(
        "sent-without-lease",
        "the look at the lease when an effect is sent",
        (_NO_LOOK_WHEN_SENDING,),
        ("tests/worker/test_departures.py::test_nothing_is_sent_after_a_lease_has_run_out_until_the_next_beat",),
    ),
    Mutation(
        "effect-without-flush",
        "writing what led to an effect before it starts",
        (
            Edit(
                FLIGHT,
                "            # Nothing may happen outside before all that led to it is durable.\n"
                "            await self._recorder.flush()\n",
                "            pass\n",
            ),
        ),
        (
            "tests/worker/test_holding.py::test_all_that_led_to_an_effect_is_durable_before_it_starts",
            "tests/worker/test_awaited.py::test_all_that_led_to_an_effect_of_an_awaited_run_is_durable_before_it_starts",
        ),
    ),
    Mutation(
        "key-of-the-attempt",
        "the one key of all attempts at a step",
        (
            Edit(
                FLIGHT,
                "key = idempotency_key(run.id, path.text, node.node_id)",
                'key = idempotency_key(run.id, path.text, f"{node.node_id}{number}")',
            ),
        ),
        ("tests/worker/test_walking.py::test_a_retried_attempt_is_a_warning_and_the_last_one_counts",),
    ),
    Mutation(
        "key-of-the-claim",
        "the one key of all claims of a run",
        (
            Edit(
                FLIGHT,
                "key = idempotency_key(run.id, path.text, node.node_id)",
                'key = idempotency_key(f"{run.id}-{run.fence}", path.text, node.node_id)',
            ),
        ),
        ("tests/worker/test_recovery.py::test_a_dead_workers_run_goes_on_where_its_journal_ends",),
    ),
)
