"""One attempt at one node: it returns an outcome, whatever happens. Nothing that a node does can stop a worker."""

import asyncio
from collections.abc import Awaitable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

import structlog

from app.core.json import JsonObject, dumps
from app.graph.errors import PermanentError, TemporaryError
from app.graph.outcome import Failure, Outcome
from app.graph.settle import StepStatus
from worker.execution.sizes import in_words, size_of

GRACE_SECONDS = 0.5  # for the node itself to say what took so long
MAX_MESSAGE_CHARACTERS = 2_000
MAX_KEY_LENGTH = 255  # what servers commonly accept of an Idempotency-Key

log = structlog.get_logger()


class Sealed(NamedTuple):
    """What is recorded of a step. As text, an output takes a fraction of the memory that its values would."""

    text: str
    handle: str | None  # None where the run cannot go on from here
    status: StepStatus


async def attempt(work: Awaitable[Outcome], *, component_id: str, timeout_seconds: float) -> Outcome:
    """Await a node's work within its time. Only cancellation gets through; every other exception becomes a Failure."""
    try:
        async with asyncio.timeout(timeout_seconds + GRACE_SECONDS):
            return await work
    except TemporaryError as error:
        return Failure(_shortened(error.message), error.output, retryable=True, delay_seconds=error.delay_seconds)
    except PermanentError as error:
        return Failure(_shortened(error.message), error.output)
    except TimeoutError:
        return Failure(f"The step took longer than {timeout_seconds:g} seconds.", retryable=True)
    except Exception as error:
        log.exception("node_raised", component_id=component_id)
        return Failure(f"The component {component_id} failed inside the server ({type(error).__name__}).")


def _shortened(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE_CHARACTERS else message[:MAX_MESSAGE_CHARACTERS] + "…"


def seal(output: JsonObject, limit_bytes: int) -> str:
    """Return an output as the JSON text that is kept of it.

    Raises `PermanentError` for what JSON cannot hold and for what is larger than `limit_bytes`.
    """
    try:
        text = dumps(output)
    except TypeError as error:
        reason = "an integer needs more than 64 bits" if "64-bit" in str(error) else "it is not JSON"
        raise PermanentError(f"The step's output cannot be stored: {reason}.") from None
    if size_of(text) > limit_bytes:
        raise PermanentError(f"The step's output is larger than {in_words(limit_bytes)}, the limit of one step.")
    return text


def idempotency_key(run_id: str, path: str, node_id: str) -> str:
    """Return the key of a step's outside effect: the same for all attempts, on whichever worker."""
    key = f"{run_id}:{path}:{quote(node_id, safe='_-').replace('.', '%2E').replace('~', '%7E')}"
    if len(key) <= MAX_KEY_LENGTH:
        return key
    return f"{run_id}:{sha256(key[len(run_id) + 1 :].encode()).hexdigest()}"
