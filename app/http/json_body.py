"""Reading a client's JSON strictly: what could not be stored and given back unchanged is refused with a sentence."""

import json
import math

import orjson

from app.core.errors import Fault, InvalidRequestError
from app.core.json import JsonValue
from app.http.errors import MalformedJsonError
from app.http.unfit import AnyValue, UnfitNumber, faults_of, refuse_unfit, unfit

MAX_DEPTH = 100  # deeper nesting is nobody's data, and recursive readers behind us have their own limits
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1  # what 64 bits can hold, with or without a sign

_MAX_DIGITS = 20
_SHOWN_DIGITS = 30
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_SUSPICIOUS_RUN = b"0" * 19  # the shortest integer past 64 bits has as many digits
_ESCAPED_NUL = b"\\u0000"


Container = dict[str, object] | list[object]


def parse_json(body: bytes) -> JsonValue:
    """Return the value. Raises `MalformedJsonError`, or `InvalidRequestError` for JSON that cannot be kept as it is."""
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _explain(body) from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_too_deep(value):
        raise _too_deep()
    if _ESCAPED_NUL in body or _SUSPICIOUS_RUN in body.translate(_DIGITS):
        refuse_unfit(_read(body.decode()))
    return value


def _explain(body: bytes) -> InvalidRequestError:
    """Find out what the fast parser did not like."""
    try:
        value = _read(body.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return MalformedJsonError("The body is not UTF-8.")
    except json.JSONDecodeError as error:
        return MalformedJsonError(
            f"The body is not valid JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        )
    except RecursionError:
        return _too_deep()
    return _too_deep() if _is_too_deep(value) else unfit(faults_of(value))


def _read(text: str) -> AnyValue:
    """Return what slower parsing makes of it, with `UnfitNumber` in the place of numbers that cannot be kept."""
    value: AnyValue = json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    return value


def _integer(text: str) -> int | UnfitNumber:
    if len(text) > _MAX_DIGITS or not MIN_INTEGER <= int(text) <= MAX_INTEGER:
        return UnfitNumber(f"The integer {_cut(text)} does not fit into 64 bits; send it as a string")
    return int(text)


def _float(text: str) -> float | UnfitNumber:
    number = float(text)
    return UnfitNumber(f"The number {_cut(text)} is too large") if math.isinf(number) else number


def _constant(text: str) -> UnfitNumber:
    return UnfitNumber(f"{text} is not a JSON number")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_DIGITS else f"{text[:_SHOWN_DIGITS]}…"


def _is_too_deep(value: object) -> bool:
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
    return bool(level)


def _containers(value: Container) -> list[Container]:
    """Return the lists and objects right inside `value`."""
    values = value.values() if isinstance(value, dict) else value
    return [inner for inner in values if isinstance(inner, dict | list)]


def _too_deep() -> InvalidRequestError:
    message = f"The body is nested more than {MAX_DEPTH} levels deep"
    return InvalidRequestError(f"{message}.", faults=[Fault("", message)])
