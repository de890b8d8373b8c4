"""Reading a client's JSON strictly: what could not be stored and given back unchanged is refused with a sentence."""

import json
import math
from collections.abc import Iterator
from itertools import islice
from typing import Never

import orjson

from app.core.errors import Fault, InvalidRequestError
from app.core.json import JsonValue
from app.http.errors import MalformedJsonError

MAX_DEPTH = 100  # deeper nesting is nobody's data, and recursive readers behind us have their own limits
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1  # what 64 bits can hold, with or without a sign

_MAX_DIGITS = 20
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_SUSPICIOUS_RUN = b"0" * 19  # the shortest integer past 64 bits has as many digits
_ESCAPED_NUL = b"\\u0000"
_MAX_FAULTS = 1_000  # whose places are named


Container = dict[str, JsonValue] | list[JsonValue]


class _UnfitNumberError(Exception):
    """A number that 64 bits cannot hold, NaN or an infinity."""


def parse_json(body: bytes) -> JsonValue:
    """Return the value. Raises `MalformedJsonError`, or `InvalidRequestError` for JSON that cannot be kept as it is."""
    try:
        value: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _explain(body) from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_too_deep(value):
        raise _too_deep()
    if _ESCAPED_NUL in body:
        refuse_nul(value)
    if _SUSPICIOUS_RUN in body.translate(_DIGITS):
        _refuse_unfit_numbers(body.decode())
    return value


def _explain(body: bytes) -> InvalidRequestError:
    """Find out what the fast parser did not like."""
    try:
        text = body.decode("utf-8", "surrogatepass")
        _refuse_unfit_numbers(text)
    except UnicodeDecodeError:
        return MalformedJsonError("The body is not UTF-8.")
    except json.JSONDecodeError as error:
        return MalformedJsonError(
            f"The body is not valid JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        )
    except RecursionError:
        return _too_deep()
    except InvalidRequestError as error:
        return error
    if _is_too_deep(json.loads(text)):
        return _too_deep()
    return _unfit("A string has half of a surrogate pair, which is not valid Unicode.")


def _refuse_unfit_numbers(text: str) -> None:
    try:
        json.loads(text, parse_int=_check_integer, parse_float=_check_float, parse_constant=_refuse_constant)
    except _UnfitNumberError as unfit:
        raise _unfit(str(unfit)) from None


def _check_integer(text: str) -> int:
    if len(text) > _MAX_DIGITS or not MIN_INTEGER <= int(text) <= MAX_INTEGER:
        raise _UnfitNumberError(f"The integer {text[:30]} does not fit into 64 bits; send it as a string.")
    return int(text)


def _check_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _UnfitNumberError(f"The number {text[:30]} is too large.")
    return number


def _refuse_constant(text: str) -> Never:
    raise _UnfitNumberError(f"{text} is not a JSON number.")


def _is_too_deep(value: JsonValue) -> bool:
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
    return bool(level)


def _containers(value: Container) -> list[Container]:
    """Return the lists and objects right inside `value`."""
    values = value.values() if isinstance(value, dict) else value
    return [inner for inner in values if isinstance(inner, dict | list)]


def refuse_nul(value: JsonValue) -> None:
    """Raise `InvalidRequestError` with the places of strings that have a NUL character, of the first 1,000."""
    paths = list(islice(_nul_paths(value, ""), _MAX_FAULTS))
    if paths:
        message = "A string has a NUL character, which cannot be stored"
        faults = [Fault(path.removeprefix("."), message) for path in paths]
        raise InvalidRequestError(f"{message}.", faults=faults)


def _nul_paths(value: JsonValue, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, dict):
        for key, child in value.items():
            if "\0" in key:
                yield path
            yield from _nul_paths(child, f"{path}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _nul_paths(child, f"{path}[{index}]")


def _too_deep() -> InvalidRequestError:
    return _unfit(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _unfit(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, faults=[Fault("", message.rstrip("."))])
