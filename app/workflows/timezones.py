"""Names of time zones, as the IANA database has them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.graph.schedule import is_zone


def _is_known(name: str) -> str:
    if not is_zone(name):
        raise ValueError("must be the name of a time zone in the IANA database, such as Europe/Berlin")
    return name


TimezoneName = Annotated[
    str,
    AfterValidator(_is_known),
    Field(description="The time zone whose clocks the schedule follows, by its IANA name.", examples=["UTC"]),
]
