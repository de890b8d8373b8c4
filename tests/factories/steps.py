"""One step at one node, without an engine: its settings, the values before it, and the outside as written doubles."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
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
from app.graph.ports import (
    Channels,
    FormLinks,
    Http,
    HttpAnswer,
    HttpCall,
    IpDatabase,
    Mail,
    Mailing,
    Notification,
    Outside,
    PdfPrinter,
    Platform,
    RefusedRecipient,
    Soap,
    Ssh,
    SshSession,
    SshTarget,
    VaultWriter,
)
from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import CommandEnd, Printed
from app.graph.template import VAULT, StepBudget
from app.nodes import CATALOGUE
from tests.factories.budgets import standing_budget
from tests.factories.noting import ListedAddresses, NotedLink, NotedVault, NotingPrinter, NotingSoap

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


@dataclass(frozen=True)
class Ran:
    """What a command of a `RecordingSsh` prints, and how it ends."""

    stdout: bytes = b""
    stderr: bytes = b""
    end: CommandEnd | StepError = field(default_factory=lambda: CommandEnd(0))


class RecordingSsh:
    """Keeps whom it was asked to connect to, and what was run. Commands go as `ran` says, in order; the last stays.

    `refusal` is raised in place of a connection.
    """

    def __init__(self, *ran: Ran, refusal: StepError | None = None) -> None:
        self.targets: list[SshTarget] = []
        self.commands: list[str] = []
        self.host_key = HostKey.of_public_key("ssh-ed25519", b"\0\0\0\x0bssh-ed25519" + bytes(36))
        self.open_connections = 0
        self._ran = list(ran) or [Ran()]
        self._refusal = refusal

    @asynccontextmanager
    async def connect(self, target: SshTarget) -> AsyncIterator[SshSession]:
        self.targets.append(target)
        if self._refusal:
            raise self._refusal
        self.open_connections += 1
        try:
            yield self
        finally:
            self.open_connections -= 1

    async def run(self, command: str, printed: Printed) -> CommandEnd:
        self.commands.append(command)
        ran = self._ran.pop(0) if len(self._ran) > 1 else self._ran[0]
        printed.take(ran.stdout, is_error=False)
        printed.take(ran.stderr, is_error=True)
        if isinstance(ran.end, StepError):
            raise ran.end
        return ran.end


class RecordingMail:
    """Keeps every message, and refuses the recipients, or raises the error, that it was given."""

    def __init__(self, *refused: RefusedRecipient, error: StepError | None = None) -> None:
        self.sent: list[Mailing] = []
        self._refused = refused
        self._error = error

    async def send(self, mailing: Mailing) -> Sequence[RefusedRecipient]:
        self.sent.append(mailing)
        if self._error:
            raise self._error
        return [one for one in self._refused if one.address in mailing.recipients]


class RecordingChannels:
    """Keeps every notification, and raises the error that it was given."""

    def __init__(self, error: StepError | None = None) -> None:
        self.delivered: list[Notification] = []
        self._error = error

    async def deliver(self, notification: Notification) -> None:
        self.delivered.append(notification)
        if self._error:
            raise self._error


@dataclass
class StepContext:
    """Implements `NodeContext`."""

    roots: Mapping[str, JsonValue] = field(default_factory=dict)
    http: Http = field(default_factory=RecordingHttp)
    platform: Platform = field(default_factory=RecordingHttp)
    ssh: Ssh = field(default_factory=RecordingSsh)
    run_id: str = "fl_run_1"
    now: datetime = NOW
    attempt: int = 1
    idempotency_key: str = "fl_run_1::n1"
    timeout_seconds: float = 30
    output_bytes: int = 1_048_576
    budget: StepBudget = field(default_factory=standing_budget)
    vault: Mapping[str, str] = field(default_factory=dict)
    mail: Mail = field(default_factory=RecordingMail)
    channels: Channels = field(default_factory=RecordingChannels)
    vault_writer: VaultWriter = field(default_factory=NotedVault)
    ip_database: IpDatabase = field(default_factory=ListedAddresses)
    pdf: PdfPrinter = field(default_factory=NotingPrinter)
    soap: Soap = field(default_factory=NotingSoap)
    form_link: FormLinks = field(default_factory=NotedLink)

    @property
    def outside(self) -> Outside:
        return Outside(
            http=self.http,
            platform=self.platform,
            mail=self.mail,
            channels=self.channels,
            ssh=self.ssh,
            soap=self.soap,
            pdf=self.pdf,
            vault=self.vault_writer,
            ip_database=self.ip_database,
            form_link=self.form_link,
        )

    async def render(self, template: Renderable[T], own: Mapping[str, JsonValue] | None = None) -> T:
        return self._render(template, {**self.roots, **(own or {})})

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
    node = action(component_id, settings)
    try:
        outcome = await node.run(ctx)
    except StepError as error:
        return Failure(error.message, error.output)
    if isinstance(outcome, Success):
        assert_documented(node, outcome.output)
    return outcome


def assert_documented(node: Node, output: Mapping[str, JsonValue]) -> None:
    """Fail for an output whose keys are not those that the component says it has."""
    if "*" not in node.outputs:
        assert output.keys() <= node.outputs.keys(), node.component_id


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
