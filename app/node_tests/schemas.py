"""What clients send and get when they try a node out."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from app.http.parsed_json import ParsedJson
from app.runs.schemas import without_default
from app.workflows.schemas import AuthorizationId, DocumentedAs, Node


class NodeTestCreate(BaseModel):
    """A node to try out, and what it is to find before it."""

    model_config = ConfigDict(strict=True)

    node: Annotated[JsonValue, DocumentedAs(Node)] = Field(description="The node, as in a workflow.")
    context: dict[str, ParsedJson] = Field(
        default_factory=dict,
        description="What templates read: outputs by node id, and the roots `trigger`, `item` and the like. Values"
        " under `vault` stand for items of the vault, which are read where they are not given. A trigger gets all of"
        " it as its payload.",
        examples=[{"n1": {"name": "Ada"}}],
    )
    authorization_id: AuthorizationId = None


class NodeTestResult(BaseModel):
    """What the node has put out. Nothing of it is kept."""

    status: Literal["success", "error"]
    output: dict[str, JsonValue] = Field(
        description="Its output; of a node that would wait or call a workflow, for what and which (`would`)."
    )
    error_message: str | SkipJsonSchema[None] = Field(
        default=None,
        description="Why it failed; missing where it did not.",
        exclude_if=lambda message: message is None,
        json_schema_extra=without_default,
    )
