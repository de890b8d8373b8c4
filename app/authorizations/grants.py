"""What a token endpoint grants or refuses, read from its answers."""

from dataclasses import dataclass, field

from app.core.json import JsonObject, JsonValue, loads_object
from app.graph.errors import PermanentError, TemporaryError
from app.graph.ports import HttpAnswer

MAX_TOKEN_CHARACTERS = 16_384
_MAX_SECONDS = 10 * 366 * 86_400  # a longer life is a mistake, and would not fit into a date
_MAX_CODE = 100
_TEMPORARY = frozenset({408, 425, 429})


class RefusedError(Exception):
    """The provider refuses with an OAuth error code, such as `invalid_grant`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens, and for how long the access token works. Never shown: they are left out of `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)
    scope: str | None
    expires_in: float | None  # seconds; None: the provider does not say


def read_grant(answer: HttpAnswer) -> Grant:
    """Read an answer of the token endpoint. Raises `RefusedError`, `TemporaryError`, `PermanentError`."""
    if answer.status >= 500 or answer.status in _TEMPORARY:
        raise TemporaryError(f"the provider answered with status {answer.status}")
    body = _object(answer)
    if answer.status != 200:
        raise RefusedError(_code(body.get("error"), answer.status))
    access_token = _text(body, "access_token")
    if access_token is None or str(body.get("token_type", "")).lower() != "bearer":
        raise PermanentError("the provider's answer has no bearer token")
    return Grant(
        access_token=access_token,
        refresh_token=_text(body, "refresh_token"),
        id_token=_text(body, "id_token"),
        scope=_text(body, "scope"),
        expires_in=_seconds(body.get("expires_in")),
    )


def _object(answer: HttpAnswer) -> JsonObject:
    try:
        return loads_object(answer.body)
    except ValueError:
        if answer.status == 200:
            raise PermanentError("the provider's answer is not a JSON object") from None
        return {}


def _code(error: JsonValue, status: int) -> str:
    is_code = isinstance(error, str) and error.isascii() and error.isprintable() and 0 < len(error) <= _MAX_CODE
    return str(error) if is_code else f"status {status}"


def _text(body: JsonObject, name: str) -> str | None:
    """Return a token; one that no header could carry counts as missing."""
    value = body.get(name)
    is_token = isinstance(value, str) and value.isascii() and value.isprintable()
    return value if isinstance(value, str) and is_token and 0 < len(value) <= MAX_TOKEN_CHARACTERS else None


def _seconds(value: JsonValue) -> float | None:
    """Return a duration, also one that is written as text. None where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return float(min(value, _MAX_SECONDS))
