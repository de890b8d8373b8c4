"""What senders of events send and get."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.graph.events import MAX_CHARACTERS, MAX_SEGMENTS, check_event
from app.http.parsed_json import ParsedJson

MAX_ID_CHARACTERS = 255

EventName = Annotated[
    str,
    AfterValidator(check_event),
    Field(
        description="What has happened, in segments parted by dots.",
        examples=["site.added"],
        json_schema_extra={
            "maxLength": MAX_CHARACTERS,
            "pattern": rf"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){{0,{MAX_SEGMENTS - 1}}}$",
        },
    ),
]
EventId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ID_CHARACTERS,
        description="The sender's own id of the event. Sent again within 24 hours, it starts nothing again.",
        examples=["evt_2f8a"],
    ),
]


class EventCreate(BaseModel):
    """Something that has happened."""

    model_config = ConfigDict(strict=True)

    event: EventName
    payload: ParsedJson = Field(default_factory=dict, description="What there is to know of it: any JSON.")
    id: EventId | None = None


class EventSkipped(BaseModel):
    """A workflow that listens to the event, but whose filter cannot be applied to it."""

    workflow_id: str
    message: str = Field(description="Why, in a sentence for the workflow's author.")


class EventAccepted(BaseModel):
    """What the event has started."""

    started: list[str] = Field(description="The runs, one for each workflow that listens to it.")
    skipped: list[EventSkipped] = Field(
        description="Workflows whose filter failed on this payload. Empty when the event was sent before."
    )
