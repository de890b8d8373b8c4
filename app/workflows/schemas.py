"""What clients send and get about workflows."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.graph.schedule import MANUAL, MAX_VALUE_CHARACTERS, ScheduleFields, ScheduleOverlap, ScheduleType
from app.http.parsed_json import ParsedJson
from app.http.timestamps import Timestamp
from app.workflows.timezones import TimezoneName


@dataclass(frozen=True, slots=True)
class DocumentedAs:
    """Shows `model` in the OpenAPI document where the code takes any JSON, so that what is posted stays as it is."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.any_schema()  # it has been parsed, and so is JSON

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        model = self.model.__pydantic_core_schema__
        # Through a definition the model becomes a component of its own instead of being spelt out at each place.
        named = core_schema.definition_reference_schema(model["ref"])
        return handler(core_schema.definitions_schema(named, [model]))


def _without_defaults(schema: JsonSchemaValue) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)


class Position(BaseModel):
    """Where the node stands on the canvas. Nodes that are ready together start from top to bottom, left to right."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_without_defaults)

    x: float = Field(default=0, examples=[100])
    y: float = Field(default=0, examples=[100])


class NodeData(BaseModel):
    """The component's settings, flat beside its name."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_without_defaults)

    componentId: str | None = Field(  # noqa: N815 -- the wire's own spelling
        default=None, description="Which component the node is.", examples=["webhook"]
    )


class Node(BaseModel):
    """One step. Keys that are not listed here are kept and come back unchanged."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_without_defaults)

    id: str = Field(
        min_length=1, max_length=255, description="Unique in the workflow; templates read by it.", examples=["n2"]
    )
    type: str | None = Field(default=None, description="Names the component where `data.componentId` is missing.")
    position: Position = Field(default_factory=Position)
    data: NodeData = Field(default_factory=NodeData)


class Edge(BaseModel):
    """A way from one node to another. Keys that are not listed here are kept and come back unchanged."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_without_defaults)

    id: str = Field(min_length=1, description="Unique among the edges.", examples=["e1-2"])
    source: str = Field(min_length=1, description="The node it leaves.", examples=["n1"])
    target: str = Field(min_length=1, description="The node it leads to.", examples=["n2"])
    sourceHandle: str | None = Field(  # noqa: N815 -- the wire's own spelling
        default=None,
        description="The branch it leaves by: `true`, `false`, `error`, a case. Missing: the default one.",
        examples=["true"],
    )


Name = Annotated[str, Field(min_length=1, max_length=255, description="What people call it.", examples=["Onboarding"])]
Nodes = Annotated[
    list[Annotated[JsonValue, DocumentedAs(Node)]],
    Field(min_length=1, description="Exactly one of them is a trigger; the run begins there."),
]
Edges = Annotated[list[Annotated[JsonValue, DocumentedAs(Edge)]], Field(description="May be empty.")]
AuthorizationId = Annotated[
    str | None, Field(max_length=255, description="The authorization that calls of the platform's API are made with.")
]
Description = Annotated[str | None, Field(description="A note for people.")]
IsActive = Annotated[bool, Field(description="Whether it can be started.")]
Schedule = Annotated[
    ScheduleType,
    Field(
        description="When it starts by itself: never (`manual`), at intervals, by a cron expression, or at a time of"
        " each day, week or month. Anything but `manual` needs a manual or a scheduled trigger; what a"
        " `scheduled_trigger` states of the schedule wins over these fields, and is shown in them."
    ),
]
ScheduleValue = Annotated[
    str | None,
    Field(
        max_length=MAX_VALUE_CHARACTERS,
        description="`interval`: `5 minutes`, `2 hours`, `1 day`. `cron`: five fields, `0 9 * * mon-fri`. `daily`:"
        " `09:30` (default `00:00`). `weekly`: `mon 09:30` (default `mon 00:00`). `monthly`: `15 09:30` (default"
        " `1 00:00`; in shorter months 31 is the last day).",
        examples=["0 9 * * mon-fri"],
    ),
]
Overlap = Annotated[
    ScheduleOverlap,
    Field(
        description="What becomes of a due time while the last scheduled run is still under way: `skip` passes over it."
    ),
]


class WorkflowCreate(BaseModel):
    """A whole workflow."""

    model_config = ConfigDict(strict=True)

    name: Name
    description: Description = None
    nodes: Nodes
    edges: Edges
    is_active: IsActive = True
    authorization_id: AuthorizationId = None
    schedule_type: Schedule = MANUAL
    schedule_value: ScheduleValue = None
    timezone: TimezoneName = "UTC"
    schedule_overlap: Overlap = "allow"

    @property
    def schedule(self) -> ScheduleFields:
        """Return the workflow's own fields, whatever its nodes state."""
        return ScheduleFields(self.schedule_type, self.schedule_value, self.timezone)


class WorkflowDraft(WorkflowCreate):
    """A workflow to be judged. Its nodes and edges may be anything: the answer says what is wrong with them."""

    id: Annotated[
        str | None, Field(description="The workflow that it would replace; without it, it is judged as a new one.")
    ] = None
    nodes: Annotated[list[ParsedJson], Field(min_length=1, description="Nodes, as for creating.")]
    edges: Annotated[list[ParsedJson], Field(description="Edges, as for creating.")]

    @property
    def own_statement(self) -> dict[str, JsonValue]:
        """Return the fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class WorkflowUpdate(BaseModel):
    """Any part of a workflow. What is not sent stays as it is."""

    model_config = ConfigDict(strict=True, json_schema_extra=_without_defaults)

    name: Name = ""
    description: Description = None
    nodes: Nodes = []
    edges: Edges = []
    is_active: IsActive = True
    authorization_id: AuthorizationId = None
    schedule_type: Schedule = MANUAL
    schedule_value: ScheduleValue = None
    timezone: TimezoneName = "UTC"
    schedule_overlap: Overlap = "allow"

    def changes(self) -> dict[str, JsonValue]:
        """Return what was sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class WorkflowSummary(BaseModel):
    """A workflow without its graph."""

    id: str = Field(examples=["fl_01kaq3v0c3s8y5b1f7f3q2d6te"])
    name: str
    description: str | None
    schedule_type: ScheduleType
    schedule_value: str | None
    next_run_at: Timestamp | None = Field(
        description="When it starts by itself next; null where it never does, and after a backup was restored until it"
        " is saved again. It lies in the past only while no worker is there to start it."
    )
    is_active: bool
    webhook_url: str | None = Field(
        description="Where its webhook trigger listens; whoever knows it can start runs. Null with any other trigger,"
        " and where the key does not fit that it was encrypted with."
    )
    created_at: Timestamp
    updated_at: Timestamp
    authorization_id: str | None
    version: int = Field(description="Grows with every saved change; also the `ETag`.", examples=[1])
    timezone: str = Field(examples=["UTC"])
    schedule_overlap: ScheduleOverlap


class Workflow(WorkflowSummary):
    """A workflow with its graph, nodes and edges as they were posted."""

    nodes: Annotated[list[Annotated[JsonValue, DocumentedAs(Node)]], Field(description="As posted.")]
    edges: Annotated[list[Annotated[JsonValue, DocumentedAs(Edge)]], Field(description="As posted.")]


class WorkflowVerdict(BaseModel):
    """What saving this workflow would answer. Warnings do not keep it from being saved."""

    valid: bool
    errors: list[str] = Field(description="Every reason for which it would be refused.")
    warnings: list[str] = Field(description="What is allowed and yet looks like a mistake.")
