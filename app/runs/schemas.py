"""What clients send and get about runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from app.http.pagination import Page
from app.http.parsed_json import ParsedJson, ParsedObject
from app.http.timestamps import Timestamp
from app.runs.states import RunStatus

LogStatus = Literal["success", "error", "warning"]
TriggerPayload = Annotated[ParsedObject, Field(description="What the trigger was given, and a re-run will be.")]


class RunCreate(BaseModel):
    """What to start a run with."""

    model_config = ConfigDict(strict=True)

    context: dict[str, ParsedJson] = Field(
        default_factory=dict,
        description="Values for the trigger: templates read them from its output.",
        examples=[{"user_id": "usr_123", "site_id": "site_456"}],
    )


class WorkflowLog(BaseModel):
    """One attempt at one step."""

    id: str = Field(examples=["fl_log_01kaq3v0c3s8y5b1f7f3q2d6te"])
    node_id: str = Field(examples=["n2"])
    component_id: str | None = Field(examples=["webhook"])
    status: LogStatus = Field(description="`warning`: the attempt did not count; it was repeated or cut short.")
    output: dict[str, JsonValue] = Field(description="What the step produced, or how it failed.")
    created_at: Timestamp = Field(description="When the attempt was over.")
    run_id: str
    workflow_id: str
    seq: int = Field(description="Its place in the run, from 1; what `after_seq` compares.")
    duration_ms: int
    attempt: int = Field(description="From 1; greater where the step was repeated.")
    inherited: bool = Field(description="Taken over from the run that this one resumes.")
    path: list[str | int] = Field(
        description="Where inside iterators: node and item by turns, outermost first.", examples=[[]]
    )


def without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class RunSummary(BaseModel):
    """A run without what went through it."""

    id: str = Field(examples=["fl_run_01kaq3v0c3s8y5b1f7f3q2d6te"])
    status: RunStatus
    error_message: str | None = Field(description="Why it failed; null unless it did.")
    started_at: Timestamp = Field(description="When it was accepted, and once a worker has taken it, when that was.")
    completed_at: Timestamp | None = Field(description="When it ended, well or not; null until then.")
    duration_in_seconds: float | None = Field(description="From its start to its end; null until then.")
    workflow_id: str
    workflow_version: int = Field(description="The version that it runs, whatever is saved meanwhile.")
    trigger_type: str = Field(examples=["manual"])
    created_at: Timestamp = Field(description="When it was accepted.")
    parent_run_id: str | SkipJsonSchema[None] = Field(
        default=None,
        description="The run that started it; missing where none did.",
        exclude_if=lambda parent: parent is None,
        json_schema_extra=without_default,
    )


class RunInteraction(BaseModel):
    """A form that a run waits for."""

    node_id: str = Field(examples=["approval"])
    path: list[str | int] = Field(
        description="Which item of iterators asks: node and item by turns, outermost first.", examples=[[]]
    )
    url: str = Field(description="Where a person answers it. Whoever has this address can.")


class WorkflowRun(RunSummary):
    """A run with its log."""

    trigger_payload: TriggerPayload
    interactions: list[RunInteraction] | SkipJsonSchema[None] = Field(
        default=None,
        description="What it waits for a person to answer; missing where it does not.",
        exclude_if=lambda interactions: not interactions,
        json_schema_extra=without_default,
    )
    logs: list[WorkflowLog] = Field(description="In the order in which the attempts were over.")


class RunPage(Page[RunSummary]):
    """Runs of a workflow, newest first."""


class RunRepeated(BaseModel):
    """The run that repeats another, in whole or in part."""

    message: str = Field(description="What was done, for people.")
    new_run: WorkflowRun = Field(description="The new run, as it was accepted.")
