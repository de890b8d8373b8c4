"""What one field makes of a value that somebody entered, in a page or in JSON: the typed value, or what is wrong."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.form.prompt import Field, FieldType
from app.graph.operands import number_of, truth_of

LONGEST: Mapping[str, int] = {"text": 1_000, "email": 254, "textarea": 20_000}  # characters, where the field says none

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1


class FaultError(ValueError):
    """What is wrong with a value, as words that follow the field's name: "must be a number"."""


def read(field: Field, given: JsonValue) -> JsonValue:
    """Return the value with the field's type; None where nothing was entered. Raises `FaultError`.

    Whether something must be entered is `require`'s to say.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return False if field.type == "checkbox" else None
    return _READERS[field.type](field, given)


def require(field: Field, value: JsonValue) -> None:
    """Raise `FaultError` where a value that must be there is not."""
    if not field.required:
        return
    if value is None:
        raise FaultError("is required")
    if value is False:
        raise FaultError("must be ticked")


def date_in(text: object) -> date | None:
    """Return the day that a text such as 2026-01-15 names; None for all else."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _text(field: Field, given: JsonValue) -> str:
    text = _one_text(given).strip()
    if "\n" in text or "\r" in text:
        raise FaultError("must be a single line")
    return _of_fitting_length(field, text)


def _textarea(field: Field, given: JsonValue) -> str:
    return _of_fitting_length(field, _one_text(given).replace("\r\n", "\n"))


def _email(field: Field, given: JsonValue) -> str:
    text = _text(field, given)
    if not _EMAIL.fullmatch(text):
        raise FaultError("must be an e-mail address, such as name@example.com")
    return text


def _number(field: Field, given: JsonValue) -> int | float:
    if isinstance(given, bool):
        raise FaultError("must be a number, such as 12.5")
    try:
        exact = number_of("", given)
    except PermanentError:
        raise FaultError("must be a number, such as 12.5") from None
    number = _stored(exact)
    if isinstance(field.min, int | float) and number < field.min:
        raise FaultError(f"must be at least {field.min}")
    if isinstance(field.max, int | float) and number > field.max:
        raise FaultError(f"must be at most {field.max}")
    return number


def _stored(exact: Decimal) -> int | float:
    """Return a number that JSON keeps as it is."""
    if _MIN_INTEGER <= exact <= _MAX_INTEGER and exact == exact.to_integral_value():
        return int(exact)
    number = float(exact)
    if math.isinf(number) or (not number and exact):
        raise FaultError("must be a number of ordinary size")
    return number


def _select(field: Field, given: JsonValue) -> str:
    chosen = str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given
    if not any(option.value == chosen for option in field.options):
        raise FaultError("must be one of the options")
    return str(chosen)


def _checkbox(_: Field, given: JsonValue) -> bool:
    try:
        return truth_of("", given)
    except PermanentError:
        raise FaultError("must be true or false") from None


def _date(field: Field, given: JsonValue) -> str:
    day = date_in(given.strip() if isinstance(given, str) else given)
    if day is None:
        raise FaultError("must be a date written as year-month-day, such as 2026-01-15")
    earliest, latest = date_in(field.min), date_in(field.max)
    if earliest and day < earliest:
        raise FaultError(f"must not be before {earliest}")
    if latest and day > latest:
        raise FaultError(f"must not be after {latest}")
    return day.isoformat()


def _one_text(given: JsonValue) -> str:
    if not isinstance(given, str):
        raise FaultError("must be a text")
    if "\0" in given:
        raise FaultError("must have no NUL character")
    return given


def _of_fitting_length(field: Field, text: str) -> str:
    longest = field.max_length or LONGEST[field.type]
    if len(text) > longest:
        raise FaultError(f"must have at most {longest} characters; it has {len(text)}")
    if field.min_length and len(text) < field.min_length:
        raise FaultError(f"must have at least {field.min_length} characters")
    return text


_READERS: Mapping[FieldType, Callable[[Field, JsonValue], JsonValue]] = {
    "text": _text,
    "textarea": _textarea,
    "email": _email,
    "number": _number,
    "select": _select,
    "checkbox": _checkbox,
    "date": _date,
}
