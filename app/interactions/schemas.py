"""What those get and send who answer a form."""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from app.graph.form.prompt import FieldType
from app.http.parsed_json import ParsedJson
from app.http.timestamps import Timestamp


class InteractionOption(BaseModel):
    value: str
    label: str


class InteractionButton(BaseModel):
    id: str
    label: str


class InteractionField(BaseModel):
    """One thing that is asked."""

    name: str = Field(examples=["amount"])
    type: FieldType
    label: str
    required: bool = Field(description="Whether something must be entered, where the field is shown.")
    default: JsonValue = Field(description="What to put there at first; null: nothing.")
    options: list[InteractionOption] = Field(description="What a select field offers.")
    min: int | float | str | None = Field(description="The least number, or the first date.")
    max: int | float | str | None = Field(description="The greatest number, or the last date.")
    min_length: int | None
    max_length: int | None
    visible: bool = Field(description="Whether it is asked for, as the other fields are now. What is not is dropped.")


class Interaction(BaseModel):
    """A form, as it can be answered now."""

    title: str
    description: str | None
    assignee: str | None = Field(description="Whom it is for.")
    fields: list[InteractionField]
    buttons: list[InteractionButton] = Field(description="Ways to answer.")
    expires_at: Timestamp | None = Field(description="Until when it can be answered; null: without an end.")


class InteractionAnswer(BaseModel):
    """What somebody has entered."""

    button: str | None = Field(
        default=None, description="The id of the button; may be left out where there is only one.", examples=["approve"]
    )
    values: dict[str, ParsedJson] = Field(
        default_factory=dict, description="What was entered, by the fields' names.", examples=[{"amount": 12.5}]
    )
    preview: bool = Field(
        default=False, description="Only asks which fields are shown with these values. Nothing is answered."
    )


class InteractionAccepted(BaseModel):
    """The answer counts, and the run goes on with it."""

    status: Literal["accepted"] = "accepted"
    button: str = Field(examples=["approve"])
