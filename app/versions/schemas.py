"""What clients get about the versions of a workflow."""

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.http.timestamps import Timestamp
from app.workflows.schemas import DocumentedAs, Edge, Node


class VersionSummary(BaseModel):
    """A saved definition without its graph."""

    version: int = Field(description="From 1; greater with every saved change.", examples=[1])
    name: str = Field(description="What the workflow was called.")
    created_at: Timestamp = Field(description="When it was saved.")
    created_by: str = Field(description="Who saved it: the subject of the token.", examples=["usr_123"])


class Version(VersionSummary):
    """A saved definition, nodes and edges as they were posted."""

    nodes: Annotated[list[Annotated[JsonValue, DocumentedAs(Node)]], Field(description="As posted.")]
    edges: Annotated[list[Annotated[JsonValue, DocumentedAs(Edge)]], Field(description="As posted.")]
