"""Moments in answers as the contract writes them, and in requests as RFC 3339 has them."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from app.core.clock import format_time

_RFC_3339 = re.compile(r"[1-9]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_YEARS = range(1971, 9999)  # with room for offsets and margins on both sides
_DATE_TIME = {"type": "string", "format": "date-time"}


def read_time(value: object) -> datetime:
    """Return the moment in UTC, to the microsecond. Raises `ValueError` for anything but RFC 3339 with an offset."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value) or int(value[:4]) not in _YEARS:
        example = "2026-01-15T09:30:00Z (RFC 3339; in a query, + is written %2B)"
        raise ValueError(f"has to be a moment with its offset, like {example}")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a moment that exists") from None


Timestamp = Annotated[
    datetime, PlainSerializer(format_time, return_type=str), WithJsonSchema(_DATE_TIME, mode="serialization")
]
SentTimestamp = Annotated[datetime, BeforeValidator(read_time), WithJsonSchema(_DATE_TIME, mode="validation")]
