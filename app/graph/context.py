"""What a node sees while it runs: its place in the run, the values before it, and the ports to the outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from app.core.json import JsonValue
from app.graph.ports import Outside

T_co = TypeVar("T_co", covariant=True)


class Renderable(Protocol[T_co]):
    """A compiled template, or a rule, whatever it renders to."""

    @property
    def is_slow(self) -> bool:
        """Say whether rendering may take a tenth of a second: not for the event loop."""
        ...

    def render(self, roots: Mapping[str, JsonValue], budget: "Budget") -> T_co:
        """Render over the context. Raises `TemplateError` past a limit."""
        ...


class SecretRenderable(Renderable[T_co], Protocol):
    """A compiled template of a setting that may read the vault."""

    @property
    def vault_names(self) -> frozenset[str]: ...


class Budget(Protocol):
    """What all templates of one step may use together. Entered while one renders, so that only rendering takes time.

    Every method raises `TemplateError` once what it watches is used up.
    """

    def __enter__(self) -> object: ...

    def __exit__(self, kind: object, error: object, trace: object, /) -> None: ...

    def check(self) -> None:
        """Look at the time."""
        ...

    def count_turn(self) -> None:
        """Count a turn of a loop, and look at the time."""
        ...

    def count_output(self, size: int) -> None:
        """Count what a template renders to, in bytes."""
        ...

    def count_made(self, size: int) -> None:
        """Count what filters make on the way, in bytes."""
        ...


class NodeContext(Protocol):
    """Handed to `Node.run`. Everything in it is the same in every attempt at the same step, but `attempt`."""

    @property
    def run_id(self) -> str: ...

    @property
    def now(self) -> datetime:
        """When the node became ready: the newest recorded finish upstream, else the run's creation."""
        ...

    @property
    def attempt(self) -> int: ...

    @property
    def idempotency_key(self) -> str: ...

    @property
    def timeout_seconds(self) -> float:
        """What the attempt may take; the engine aborts it past this."""
        ...

    @property
    def output_bytes(self) -> int:
        """What the step's output may come to as JSON; the engine refuses more."""
        ...

    @property
    def outside(self) -> Outside: ...

    async def render(self, template: Renderable[T_co], own: Mapping[str, JsonValue] | None = None) -> T_co:
        """Render over the context of this step, within the step's budget. Raises `PermanentError` past a limit.

        `own` are roots that the template's place brings along. The vault is not there: what reads it renders as
        nothing.
        """
        ...

    async def render_secret(self, template: SecretRenderable[T_co]) -> T_co:
        """Render a setting that is marked `SECRET_CAPABLE`, with the items of the vault that it names.

        Raises `PermanentError` also for an item that does not exist or has expired.
        """
        ...


@dataclass(frozen=True, slots=True)
class TriggerInput:
    """What a trigger's output is built from."""

    run_id: str
    trigger_type: str
    payload: Mapping[str, JsonValue]
    parent_run_id: str | None = None  # the run that started this one, if one did
