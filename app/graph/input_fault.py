"""What keeps a value from fitting what it is checked against: a place in it, a rule, and a sentence."""

from collections.abc import Sequence
from typing import NamedTuple

MAX_FAULTS = 50  # that are listed of one value
_PATH_CHARACTERS = 300
_MESSAGE_CHARACTERS = 300


class InputFault(NamedTuple):
    """Where in the value (`items[0].id`, "" for the value itself), by which rule, and what is wrong there."""

    path: str
    rule: str
    message: str


def too_large(against: str) -> InputFault:
    """Say that a value cannot be checked: what checking may cost is bounded."""
    return InputFault("", "too_large", f"This is too large to be checked against its {against}.")


def place_of(keys: Sequence[str | int]) -> str:
    """Write the way to a place in a value, cut where it is long: the value's own keys are as long as they like."""
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
    return path if len(path) <= _PATH_CHARACTERS else f"{path[:_PATH_CHARACTERS]}…"


def sentence_of(message: str) -> str:
    """End a message with a full stop, or cut it where it is long."""
    return message[:_MESSAGE_CHARACTERS].rstrip(".") + ("." if len(message) <= _MESSAGE_CHARACTERS else "…")
