"""What clients get about components."""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue


class Component(BaseModel):
    """What a node can be."""

    component_id: str = Field(description="What `data.componentId` of a node says.", examples=["text_transform"])
    kind: Literal["trigger", "action"]
    description: str
    aliases: list[str] = Field(description="Other names under which it is accepted.")
    outputs: dict[str, str] = Field(
        description="What it puts out, each with a sentence; `*` stands for names that settings or input choose."
    )
    handles: list[str] = Field(
        validation_alias="handles_of_the_example",
        description="By which an edge may leave the example; some settings add handles, such as the cases of a switch.",
    )
    settings: dict[str, JsonValue] = Field(description="The JSON Schema of the node's `data`.")
    example: dict[str, JsonValue] = Field(description="`data` of a node that works, without `componentId`.")
