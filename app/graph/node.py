"""The base of every component: typed settings, handles known without running, and `run(ctx)` returning an Outcome."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.json import JsonObject, JsonValue
from app.graph.answer import Answer, json_answer
from app.graph.context import NodeContext, TriggerInput
from app.graph.input_schema import InputSchema
from app.graph.outcome import DEFAULT, ERROR, Outcome
from app.graph.plain_number import NO_TRUTH


class Retry(BaseModel):
    """How often and after how long a failed attempt is repeated."""

    max_attempts: Annotated[int, NO_TRUTH] = Field(
        default=1, ge=1, le=10, description="Attempts in all, the first included."
    )
    delay_seconds: Annotated[float, NO_TRUTH] = Field(
        default=1, ge=0, le=3600, description="Pause before the second attempt."
    )
    backoff: Literal["fixed", "exponential"] = Field(
        default="fixed", description="Exponential doubles the pause each time."
    )


class Settings(BaseModel):
    """What every component accepts in `data`. Unknown keys are kept in the definition and ignored here."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
        defer_build=True,  # until a node of the kind is met: of most kinds a process never sees any
    )

    description: str | None = Field(default=None, description="A note for people.")


class ActionSettings(Settings):
    continue_on_error: bool = Field(default=False, description="Go on as after a success when the step fails.")
    retry: Retry | None = Field(default=None, description="Repeat a failed attempt. Off by default.")
    timeout_seconds: Annotated[float, Field(gt=0, le=300), NO_TRUTH] | None = Field(
        default=None, description="What one attempt may take, in seconds."
    )


class Node(ABC):
    """One component bound to one node of a definition. Immutable; one instance serves every run of its version."""

    component_id: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    fixed: ClassVar[Mapping[str, JsonObject]] = {}  # settings that an alias brings along, by alias
    settings_type: ClassVar[type[Settings]]
    iterates: ClassVar[bool] = False  # what hangs on its handle `item` is its body, which runs once an item
    success_handle: ClassVar[str] = DEFAULT  # by which the run goes on where a failure is to be treated as a success
    ends_run: ClassVar[bool] = False  # its output is the run's result, whatever else ran
    is_awaited: ClassVar[bool] = False  # of a trigger: whoever starts the run waits for its answer
    needs_authorization: ClassVar[bool] = False  # it calls the platform in the name of the workflow's authorization
    outputs: ClassVar[Mapping[str, str]]  # what a success puts out, each with a sentence; "*" stands for other names
    example: ClassVar[JsonObject]  # `data` of a node that works, without componentId; shown in the reference

    def __init__(self, node_id: str, settings: Settings) -> None:
        self.node_id = node_id
        self.base_settings = settings

    def handles(self) -> tuple[str, ...]:
        """Return every handle that an edge may leave by."""
        return (DEFAULT, ERROR)

    @property
    def has_effect(self) -> bool:
        """Say whether an attempt changes anything outside, so that the lease and the journal are made sure of first."""
        return False

    @property
    def parks(self) -> bool:
        """Say whether it may give the run up until a timer, another run or a person wakes it."""
        return False

    @property
    def responds(self) -> bool:
        """Say whether this node's output is the run's result, whichever node finishes last."""
        return False

    def answer(self, output: JsonObject) -> Answer:
        """Return what a synchronous caller gets when this node's output is the run's result."""
        return json_answer(output)


class Trigger(Node):
    """Where a run begins. Its output is built from the run's payload and is also the root `trigger`."""

    trigger_type: ClassVar[str]

    @property
    def listens_to(self) -> str | None:
        """Return the event that starts the workflow, or a pattern of events such as `site.*`; None: no event does."""
        return None

    @property
    def input_schema(self) -> InputSchema | None:
        """Return what the payload that somebody starts the workflow with must fit; None: any does."""
        return None

    def handles(self) -> tuple[str, ...]:
        return (DEFAULT,)

    @abstractmethod
    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        """Return the trigger step's output."""


class Action(Node):
    """Everything that is not a trigger: actions and conditions alike."""

    @property
    def action_settings(self) -> ActionSettings:
        settings = self.base_settings
        if not isinstance(settings, ActionSettings):
            raise TypeError(f"{type(self).__name__} must take ActionSettings")
        return settings

    @abstractmethod
    async def run(self, ctx: NodeContext) -> Outcome:
        """Do the step. Raises `TemporaryError` or `PermanentError`; the engine turns them into a Failure."""

    async def resume(
        self,
        ctx: NodeContext,  # noqa: ARG002 -- for the nodes that wait
        resolution: Mapping[str, JsonValue],  # noqa: ARG002 -- for the nodes that wait
    ) -> Outcome:
        """Go on after this node's Wait was over. `resolution` holds what it was resolved with, else `due_at`."""
        raise TypeError(f"{self.component_id} does not wait")
