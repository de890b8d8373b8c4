"""One step at one node, without an engine: its settings, the values before it, and a written Http."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from app.core.clock import format_time
from app.core.json import JsonObject, JsonValue, dumps
from app.graph.context import Renderable, SecretRenderable
from app.graph.errors import Issue, PermanentError, StepError, TemplateError
from app.graph.model import NodeSpec
from app.graph.node import Action, Node
from app.graph.outcome import Failure, Outcome, Success
from app.graph.ports import Http, HttpAnswer, HttpCall, IpDatabase, Outside, PdfPrinter, Platform, Soap, VaultWriter
from app.graph.template import VAULT, StepBudget
from app.nodes import CATALOGUE
from tests.factories.noting import ListedAddresses, NotedVault, NotingPrinter, NotingSoap

T = TypeVar("T")

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class RecordingHttp:
    """Keeps every call, and answers or raises what it was given, in order; the last one stays."""

    def __init__(self, *answers: HttpAnswer | StepError) -> None:
        self.calls: list[HttpCall] = []
        self._answers = list(answers)

    async def call(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, StepError):
            raise answer
        return answer


@dataclass
class StepContext:
    """Implements `NodeContext`."""

    roots: Mapping[str, JsonValue] = field(default_factory=dict)
    http: Http = field(default_factory=RecordingHttp)
    platform: Platform = field(default_factory=RecordingHttp)
    run_id: str = "fl_run_1"
    now: datetime = NOW
    attempt: int = 1
    idempotency_key: str = "fl_run_1::n1"
    timeout_seconds: float = 30
    output_bytes: int = 1_048_576
    budget: StepBudget = field(default_factory=StepBudget)
    vault: Mapping[str, str] = field(default_factory=dict)
    vault_writer: VaultWriter = field(default_factory=NotedVault)
    ip_database: IpDatabase = field(default_factory=ListedAddresses)
    pdf: PdfPrinter = field(default_factory=NotingPrinter)
    soap: Soap = field(default_factory=NotingSoap)

    @property
    def outside(self) -> Outside:
        return Outside(
            http=self.http,
            platform=self.platform,
            vault=self.vault_writer,
            ip_database=self.ip_database,
            pdf=self.pdf,
            soap=self.soap,
        )

    async def render(self, template: Renderable[T]) -> T:
        return self._render(template, self.roots)

    async def render_secret(self, template: SecretRenderable[T]) -> T:
        named = {name: self.vault[name] for name in template.vault_names}
        return self._render(template, {**self.roots, VAULT: named})

    def _render(self, template: Renderable[T], roots: Mapping[str, JsonValue]) -> T:
        try:
            return template.render({"now": format_time(self.now), **roots}, self.budget)
        except TemplateError as error:
            raise PermanentError(error.message) from error


def answer(
    status: int = 200, body: object = b"", *, reason: str = "", content_type: str | None = None, **headers: str
) -> HttpAnswer:
    """Return an answer; a body that is not bytes is written as JSON. Headers are given with `_` for `-`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if not isinstance(body, bytes):
        sent.setdefault("content-type", "application/json")
    if content_type is not None:
        sent["content-type"] = content_type
    return HttpAnswer(status, reason, sent, body if isinstance(body, bytes) else dumps(body).encode())


def bind(component_id: str, settings: Mapping[str, JsonValue]) -> Node | list[Issue]:
    return CATALOGUE.bind(NodeSpec("n1", component_id, 0, 0, {"componentId": component_id, **settings}, 0))


def action(component_id: str, settings: Mapping[str, JsonValue]) -> Action:
    """Return the bound node, whose settings must be right."""
    bound = bind(component_id, settings)
    assert isinstance(bound, Action), bound
    return bound


def faults(component_id: str, settings: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the message for each wrong setting."""
    bound = bind(component_id, settings)
    assert isinstance(bound, list), bound
    return {issue.path.removeprefix("nodes[0].data").removeprefix("."): issue.message for issue in bound}


async def outcome_of(component_id: str, settings: Mapping[str, JsonValue], ctx: StepContext | None = None) -> Outcome:
    """Run a node as the engine does: what it raises becomes a Failure."""
    ctx = ctx or StepContext()
    try:
        return await action(component_id, settings).run(ctx)
    except StepError as error:
        return Failure(error.message, error.output)


async def output_of(component_id: str, settings: Mapping[str, JsonValue], **roots: JsonValue) -> JsonObject:
    """Return the output of a step that must succeed."""
    outcome = await outcome_of(component_id, settings, StepContext(roots))
    assert isinstance(outcome, Success), outcome
    return outcome.output


async def failure_of(component_id: str, settings: Mapping[str, JsonValue], **roots: JsonValue) -> str:
    """Return why a step fails, which it must."""
    outcome = await outcome_of(component_id, settings, StepContext(roots))
    assert isinstance(outcome, Failure), outcome
    return outcome.message
