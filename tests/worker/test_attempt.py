"""One attempt: what it comes to, what of it is stored, and by which key the other side knows it again."""

import asyncio
import re
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonObject, dumps, loads_object
from app.graph.errors import PermanentError, TemporaryError
from app.graph.outcome import Failure, Outcome, Success
from worker.execution.attempt import MAX_KEY_LENGTH, MAX_MESSAGE_CHARACTERS, attempt, idempotency_key, seal

RUN = "fl_run_01k8x000000000000000000000"


async def raising(error: Exception) -> Outcome:
    raise error


async def tried(work: Awaitable[Outcome]) -> Outcome:
    return await attempt(work, component_id="webhook", timeout_seconds=5)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (PermanentError("No.", {"status": 400}), Failure("No.", {"status": 400})),
        (TemporaryError("Later.", {}, 7), Failure("Later.", {}, retryable=True, delay_seconds=7)),
        (TimeoutError(), Failure("The step took longer than 5 seconds.", retryable=True)),
        (ZeroDivisionError(), Failure("The component webhook failed inside the server (ZeroDivisionError).")),
    ],
    ids=["permanent", "temporary", "timeout", "bug"],
)
async def test_whatever_a_node_raises_becomes_a_failure(error: Exception, failure: Failure) -> None:
    assert await tried(raising(error)) == failure


async def test_a_node_that_forgets_the_time_is_cut_off() -> None:
    async def forever() -> Outcome:
        await asyncio.Event().wait()
        return Success({})

    outcome = await attempt(forever(), component_id="x", timeout_seconds=0.01)
    assert outcome == Failure("The step took longer than 0.01 seconds.", retryable=True)


async def test_a_long_message_is_shortened() -> None:
    outcome = await tried(raising(PermanentError("x" * 10_000)))
    assert isinstance(outcome, Failure)
    assert outcome.message == "x" * MAX_MESSAGE_CHARACTERS + "…"


@pytest.mark.parametrize(
    ("path", "node_id", "rest"),
    [
        ("", "n1", ":n1"),
        ("loop.3.inner.5", "n_1-b", "loop.3.inner.5:n_1-b"),
        ("", "a b", ":a%20b"),
        ("", "a.b~c", ":a%2Eb%7Ec"),
        ("", "a:b/c%", ":a%3Ab%2Fc%25"),
        ("", "ä", ":%C3%A4"),
        ("", "a\r\nb", ":a%0D%0Ab"),
    ],
)
def test_the_key_of_a_step_is_its_place(path: str, node_id: str, rest: str) -> None:
    assert idempotency_key(RUN, path, node_id) == f"{RUN}:{rest}"


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255), unique=True))
def test_every_step_has_a_key_of_its_own_that_any_server_takes(names: list[str]) -> None:
    keys = [idempotency_key(RUN, "", name) for name in names]
    assert len(set(keys)) == len(names)
    assert all(len(key) <= MAX_KEY_LENGTH and re.fullmatch(r"[A-Za-z0-9_%:-]+", key) for key in keys)


def test_a_key_too_long_keeps_its_run() -> None:
    key = idempotency_key(RUN, "", "ä" * 255)
    assert re.fullmatch(RUN + ":[0-9a-f]{64}", key)


@pytest.mark.parametrize(
    ("output", "limit"), [({"a": "x"}, 9), ({"a": "ä"}, 10), ({"a": "😀"}, 12)], ids=["1 byte", "2 bytes", "4 bytes"]
)
def test_the_limit_of_an_output_counts_bytes(output: JsonObject, limit: int) -> None:
    assert seal(output, limit) == dumps(output)
    with pytest.raises(PermanentError, match=f"larger than {limit - 1} bytes, the limit of one step"):
        seal(output, limit - 1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2**64, "The step's output cannot be stored: an integer needs more than 64 bits."),
        (-(2**63) - 1, "The step's output cannot be stored: an integer needs more than 64 bits."),
        ({1, 2}, "The step's output cannot be stored: it is not JSON."),
        ("\ud800", "The step's output cannot be stored: it is not JSON."),
    ],
)
def test_what_json_cannot_hold_is_a_failure_that_says_so(value: object, message: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        seal({"a": value}, 1000)  # type: ignore[dict-item] # what no node should put out
    assert refusal.value.message == message


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), 0.1, 1e300, "ä\u2028", [], {"": None}])
def test_what_comes_back_is_what_recovery_would_read(value: object) -> None:
    text = seal({"a": value}, 1000)  # type: ignore[dict-item] # one JSON value of each kind
    output = loads_object(text)
    assert (output, dumps(output)) == ({"a": value}, text)
