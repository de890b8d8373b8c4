"""Names of time zones, as the IANA database has them."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_known(name: str) -> str:
    if name not in _known():
        raise ValueError("must be the name of a time zone in the IANA database, such as Europe/Berlin")
    return name


TimezoneName = Annotated[
    str,
    AfterValidator(_is_known),
    Field(description="The time zone of the schedule, by its IANA name.", examples=["UTC"]),
]
