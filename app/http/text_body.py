"""Reading forms and plain text as strictly as JSON: what could not be stored unchanged is refused with a sentence."""

from urllib.parse import parse_qsl

from app.core.errors import Fault, InvalidRequestError
from app.core.json import JsonValue
from app.http.unfit import refuse_unfit

MAX_FIELDS = 10_000  # a form of more is nobody's data, and would keep everybody waiting while it is read
CODECS = {  # the charsets that senders still use, and what Python calls them
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
}
UTF8 = "utf-8"


def parse_text(body: bytes, charset: str = UTF8) -> str:
    """Return the text as it is. Raises `InvalidRequestError` for what is not in `charset`, and for NUL."""
    try:
        text = body.decode(CODECS[charset])
    except UnicodeDecodeError:
        raise _unfit(f"The body is not {charset.upper()}.") from None
    refuse_unfit(text)
    return text


def parse_form(body: bytes, charset: str = UTF8) -> dict[str, JsonValue]:
    """Return a URL-encoded form as an object; a field that comes several times has a list.

    Raises `InvalidRequestError` for what is not in `charset`, for NUL, and for more than 10,000 fields.
    """
    written = parse_text(body, charset)
    try:
        pairs = parse_qsl(
            written, keep_blank_values=True, encoding=CODECS[charset], errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise _unfit(f"A field of the form is not {charset.upper()}.") from None
    except ValueError:
        raise _unfit(f"The form has more than {MAX_FIELDS} fields.") from None
    fields: dict[str, JsonValue] = gathered(pairs)
    refuse_unfit(fields)
    return fields


def gathered(pairs: list[tuple[str, str]]) -> dict[str, JsonValue]:
    """Return pairs as an object; a name that comes several times has a list of its values, in order."""
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        kept.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in kept.items()}


def _unfit(message: str) -> InvalidRequestError:
    return InvalidRequestError(message, faults=[Fault("", message.rstrip("."))])
