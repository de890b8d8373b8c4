"""What an HTTP node makes of an answer: its body in the wanted form, a verdict on the status, a pause it asks for."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, TemporaryError
from app.graph.foreign import decode_text, is_json_type, parse_json, repair_text
from app.graph.ports import HttpAnswer

MAX_PAUSE_SECONDS = 3600.0  # as long as the pause of a node's own `retry` may be

ResponseForm = Literal["auto", "json", "text", "base64"]

ANSWER_OUTPUTS: Mapping[str, str] = {
    "status": "The answer's status.",
    "headers": "Its headers, by names in lower case.",
    "body": "Its body, in the form that `response` asks for.",
}

_ANY_SUCCESS = ("2xx",)
_STATUS = re.compile(r"[1-5](?:xx|[0-9]{2})", re.ASCII)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_PHRASE_CHARACTERS = 100
_TEMPORARY = frozenset({408, 425, 429})
_MAY_ASK_FOR_A_PAUSE = frozenset({429, 503})


def _as_texts(given: object) -> object:
    """Accept one status in place of a list, numbers in place of texts, and nothing in place of any success."""
    many = [given] if isinstance(given, str | int) else given
    if not many:
        return _ANY_SUCCESS
    return tuple(str(one).strip().lower() for one in many) if isinstance(many, Sequence) else many


def _checked(given: tuple[str, ...]) -> tuple[str, ...]:
    wrong = next((one for one in given if not _STATUS.fullmatch(one)), None)
    if wrong is None:
        return given
    raise ValueError(f'"{wrong[:60]}" is no status: write a number such as 404, or a class such as 2xx.')


ExpectedStatus = Annotated[tuple[str, ...], BeforeValidator(_as_texts), AfterValidator(_checked)]


def judged(answer: HttpAnswer, form: ResponseForm, expected: Sequence[str], now: datetime) -> JsonObject:
    """Return the step's output. Raises `TemporaryError` for a status that may pass (408, 425, 429, 5xx).

    Raises `PermanentError` for any other that is not expected, and where JSON is wanted and the answer is none. Both
    carry the output, and their message is the end of a sentence.
    """
    fault = None
    try:
        body = read_body(answer, form)
    except ValueError:
        body, fault = read_body(answer, "auto"), "the answer is not JSON"
    output = output_of(answer, body)
    if not is_expected(answer.status, expected):
        fault = _refusal(answer, expected)
        if is_temporary(answer.status):
            raise TemporaryError(fault, output, pause_seconds(answer, now))
    if fault:
        raise PermanentError(fault, output)
    return output


def is_expected(status: int, expected: Sequence[str]) -> bool:
    return str(status) in expected or f"{status // 100}xx" in expected


def is_temporary(status: int) -> bool:
    """Say whether the same call may succeed later."""
    return status in _TEMPORARY or status >= 500


def status_line(answer: HttpAnswer) -> str:
    """Return `503 Service Unavailable`: in the server's own words, else in the standard's, else the number alone."""
    words = repair_text(answer.reason).strip()[:_PHRASE_CHARACTERS] or _PHRASES.get(answer.status, "")
    return f"{answer.status} {words}".strip()


def _refusal(answer: HttpAnswer, expected: Sequence[str]) -> str:
    """Return the status line, with a word more where it alone does not say what is wrong."""
    line = status_line(answer)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return f"{line}, where expected_status allows {', '.join(expected)[:_PHRASE_CHARACTERS]}"
    is_elsewhere = answer.status < HTTPStatus.BAD_REQUEST and "location" in {name.lower() for name in answer.headers}
    return f"{line}, which leads to another address" if is_elsewhere else line


def output_of(answer: HttpAnswer, body: JsonValue) -> JsonObject:
    headers = {name.lower(): repair_text(value) for name, value in answer.headers.items()}
    return {"status": answer.status, "headers": headers, "body": body}


def read_body(answer: HttpAnswer, form: ResponseForm) -> JsonValue:
    """Return the body in the wanted form. Raises `ValueError` where JSON is wanted and it is none.

    `auto` gives JSON that calls itself so, else text where it is text, else base64. No body is null.
    """
    if not answer.body:
        return None
    if form == "base64":
        return base64.b64encode(answer.body).decode()
    content_type = answer.headers.get("content-type", "")
    text = decode_text(answer.body, content_type)
    if form == "json":
        return parse_json(_forced(answer.body) if text is None else text)
    if form == "text":
        return _forced(answer.body) if text is None else text
    return _of_itself(answer.body, text, content_type)


def _of_itself(body: bytes, text: str | None, content_type: str) -> JsonValue:
    if text is None:
        return base64.b64encode(body).decode()
    try:
        return parse_json(text) if is_json_type(content_type) else text
    except ValueError:
        return text


def _forced(body: bytes) -> str:
    return repair_text(body.decode(errors="replace"))


def pause_seconds(answer: HttpAnswer, now: datetime) -> float | None:
    """Return how long the server asks to be left alone (Retry-After of 429 and 503), at most `MAX_PAUSE_SECONDS`.

    A moment is counted from the server's own Date, so that its clock may be wrong; without one from `now`.
    """
    written = answer.headers.get("retry-after", "").strip()
    if answer.status not in _MAY_ASK_FOR_A_PAUSE or not written:
        return None
    if written.isascii() and written.isdigit():
        return min(float(written), MAX_PAUSE_SECONDS)
    moment = _moment(written)
    if moment is None:
        return None
    asked = (moment - (_moment(answer.headers.get("date", "")) or now)).total_seconds()
    return min(max(asked, 0.0), MAX_PAUSE_SECONDS)


def _moment(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
