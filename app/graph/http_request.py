"""What an HTTP node's author may write of a request: headers, query, URL."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import quote, unquote_plus

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from app.core.json import JsonValue
from app.graph.operands import text_of
from app.graph.template import (
    SECRET_CAPABLE,
    BodyTemplate,
    RenderedBody,
    SecretText,
    SecretValue,
    TextTemplate,
    ValueTemplate,
)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_IN_HEADER = re.compile(r"[\x00-\x1f\x7f]+")
_SCHEMES = ("http://", "https://")
_WITHOUT_BODY = frozenset({"GET", "DELETE"})

MAX_HEADERS = 100  # as many as most servers take
MAX_PARAMETERS = 500


def _in_capitals(method: object) -> object:
    return method.strip().upper() if isinstance(method, str) else method


Method = Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], BeforeValidator(_in_capitals)]


class Header(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    key: TextTemplate = Field(description="The header's name.")
    value: Annotated[SecretText, SECRET_CAPABLE] = Field(
        description="The header's value; the id of a vault item (vlt_…) stands for its secret."
    )

    @field_validator("key")
    @classmethod
    def _is_a_name(cls, key: TextTemplate) -> TextTemplate:
        return checked_header_name(key)


def checked_header_name(name: TextTemplate) -> TextTemplate:
    """Return the name. Raises `ValueError` for one that can never be a header's."""
    if name.is_static:
        check_header_name(str(name.source))
    return name


def check_header_name(name: str) -> str:
    """Return a header's name without blanks around it. Raises `ValueError` for what is none."""
    if _HEADER_NAME.fullmatch(name.strip()):
        return name.strip()
    raise ValueError(f'"{name}" is not the name of a header: write letters, digits and dashes.')


class QueryParameter(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    key: TextTemplate = Field(description="The parameter's name.")
    value: ValueTemplate = Field(description="Its value; a list repeats it, null leaves it out.")


class SecretQueryParameter(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    key: TextTemplate = Field(description="The parameter's name.")
    value: Annotated[SecretValue, SECRET_CAPABLE] = Field(
        description="Its value; a list repeats it, null leaves it out, the id of a vault item stands for its secret."
    )


def as_pairs(given: object) -> object:
    """Accept an object in place of a list of `{key, value}`, null in place of none, and rows that were left empty."""
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return [{"key": key, "value": value} for key, value in given.items()]
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [pair for pair in given if not _is_empty_row(pair)]
    return given


def _is_empty_row(pair: object) -> bool:
    return isinstance(pair, Mapping) and pair.get("key") in (None, "") and pair.get("value") in (None, "")


def or_object(schema: JsonDict) -> None:
    """Say in a bounded list's JSON Schema that an object or null does as well."""
    as_list: JsonDict = {name: schema.pop(name) for name in ("type", "items", "maxItems")}
    schema["anyOf"] = [as_list, {"type": "object", "maxProperties": as_list["maxItems"]}, {"type": "null"}]


Headers = Annotated[tuple[Header, ...], BeforeValidator(as_pairs)]
Query = Annotated[tuple[QueryParameter, ...], BeforeValidator(as_pairs)]
SecretQuery = Annotated[tuple[SecretQueryParameter, ...], BeforeValidator(as_pairs)]


def check_body(body: BodyTemplate | None, method: str | None) -> BodyTemplate | None:
    """Return the body, None for an empty one. Raises `ValueError` where the method takes none."""
    takes_none = method in _WITHOUT_BODY
    if body is None or body.source == "" or (takes_none and not body.source):
        return None
    if takes_none:
        raise ValueError(f'A {method} request has no body; leave "body" out or choose another method.')
    return body


def content_of(rendered: RenderedBody | None) -> tuple[bytes | None, str | None]:
    """Return what is sent of a body, and the content type that says so; neither for an empty one."""
    if rendered is None or not rendered.content:
        return None, None
    return rendered.content, "application/json" if rendered.is_json else "text/plain; charset=utf-8"


def check_url(url: str) -> str:
    """Return the URL without blanks around it. Raises `ValueError` for what is none."""
    stripped = url.strip()
    if not stripped:
        raise ValueError("The URL is empty; it should look like https://example.com/path.")
    if not stripped.lower().startswith(_SCHEMES):
        raise ValueError("The URL must start with https:// or http://.")
    return stripped


def safe_header(value: str) -> str:
    """Return a header's value with a blank in place of line breaks and other control characters."""
    return _UNSAFE_IN_HEADER.sub(" ", value).strip()


def with_query(url: str, parameters: Sequence[tuple[str, JsonValue]]) -> str:
    """Return the URL with the parameters at the end of its query, in place of those of the same names.

    Raises `PermanentError` for a value that cannot be written as text.
    """
    if not parameters:
        return url
    names = {name for name, _ in parameters}
    address, hash_mark, fragment = url.partition("#")
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
    added = [f"{_quoted(name)}={_quoted(text)}" for name, value in parameters for text in _texts(value)]
    joined = "&".join([*kept, *added])
    return f"{path}{'?' if joined else ''}{joined}{hash_mark}{fragment}"


def _texts(value: JsonValue) -> list[str]:
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return [text_of(one) for one in many if one is not None]


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
