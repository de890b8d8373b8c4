"""One node alone: run once with made-up values before it, its secrets used and masked as in a run."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.clock import format_time
from app.core.json import JsonObject, JsonValue
from app.graph import wire
from app.graph.context import TriggerInput
from app.graph.errors import PermanentError
from app.graph.node import Action, Node, Trigger
from app.graph.outcome import Call, Failure, Finish, Iterate, Outcome, Success, Wait, WaitKind
from app.graph.ports import FREE, Channels, FormLink, Notification
from app.graph.template import VAULT
from app.graph.vault import vault_names_of
from app.nodes import CATALOGUE
from app.runs.form_tokens import FormTokens
from app.runs.triggers import ByHand, payload_of_kind
from worker.execution.attempt import attempt, idempotency_key, seal
from worker.execution.context import StepContext
from worker.execution.flight import Tools
from worker.execution.secrets import RunSecrets
from worker.execution.vault import Secret, Vault

LONGEST_SECONDS = 50.0  # whoever waits gives up after a minute


@dataclass(frozen=True, slots=True)
class Trial:
    """What was asked: a node as posted, and what it is to find. `context` is by node id and root."""

    id: str
    org_id: str
    node: JsonValue
    context: JsonObject
    authorization_id: str | None


class Bench:
    """Tries nodes out with the tools that runs have."""

    def __init__(self, tools: Tools, vault: Vault) -> None:
        self._tools = tools
        self._vault = vault

    async def outcome(self, trial: Trial) -> Outcome:
        """Return what the node comes to. Nothing that it does can stop a worker."""
        node = await asyncio.to_thread(_bound, trial.node)  # which may take seconds
        if isinstance(node, Trigger):
            return _begun(trial, node, self._tools.clock.now())
        if isinstance(node, Action):
            return await self._attempted(trial, node)
        return Failure("This node cannot be bound to a component.")

    async def _attempted(self, trial: Trial, node: Action) -> Outcome:
        given = _given_secrets(trial.context)
        secrets = await RunSecrets.open(self._vault, trial.org_id, vault_names_of(node) - given.keys())
        limit = min(node.action_settings.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS)
        now = self._tools.clock.now()
        vault, ways_out = _UntouchedVault(), self._tools.ways_out
        untold = _UntoldForm(ways_out.channels, self._tools.form_tokens)
        platform = ways_out.platforms.of_authorization(trial.org_id, trial.authorization_id or "")
        step = StepContext(
            run_id=trial.id,
            now=now,
            attempt=1,
            idempotency_key=idempotency_key(trial.id, "", node.node_id),
            timeout_seconds=limit,
            output_bytes=self._tools.limits.output_bytes,
            outside=replace(ways_out.of_step(secrets, FREE, platform, vault, untold), channels=untold),
            settings=node.base_settings,
            roots=_roots(trial, now),
            context_bytes=self._tools.limits.output_bytes,  # rendered off the event loop: nobody has measured it
            secrets={**await secrets.look_up(vault_names_of(node) - given.keys()), **given},
        )
        outcome = await attempt(secrets.guard(node.run(step)), component_id=node.component_id, timeout_seconds=limit)
        return untold.told(vault.told(outcome), now)


class _UntouchedVault:
    """Implements `VaultWriter` for a node that is tried out: it notes what would be kept, and keeps nothing."""

    def __init__(self) -> None:
        self._names: list[str] = []

    async def store(self, name: str, secret: str) -> str:
        """See the port."""
        self._names.append(name)
        return secret

    def told(self, outcome: Outcome) -> Outcome:
        """Return the outcome; one that tells of secrets says that they do not exist."""
        if not self._names or not isinstance(outcome, Success):
            return outcome
        return Success({"would": "store", "names": self._names, "output": outcome.output}, outcome.handle)


class _UntoldForm:
    """Implements `FormLinks` and `Channels` for a node that is tried out: nobody is told of a form that does not wait.

    What speaks of no form is delivered.
    """

    def __init__(self, channels: Channels, tokens: FormTokens) -> None:
        self._channels = channels
        self._link = FormLink(tokens.url_of("…"), token="", key_id="")
        self._is_of_a_form = False
        self._notification: JsonObject = {}

    def issue(self) -> FormLink:
        """See the port."""
        self._is_of_a_form = True
        return self._link

    async def deliver(self, notification: Notification) -> None:
        """See the port."""
        if not self._is_of_a_form:
            return await self._channels.deliver(notification)
        said = {"subject": notification.subject, "message": notification.message}
        self._notification = {"channel": notification.channel, **said}
        return None

    def told(self, outcome: Outcome, now: datetime) -> Outcome:
        """Return the outcome; that of a form says what would be sent of it."""
        if not self._notification or not isinstance(outcome, Wait):
            return outcome
        return Success({**_waiting(outcome, now), "notify": self._notification})


def answer_of(outcome: Outcome, now: datetime, output_bytes: int) -> JsonObject:
    """Return what whoever asked gets: an output, or what the node would do to its run instead."""
    shown = _shown(outcome, now)
    try:
        seal(shown, output_bytes)
    except PermanentError as error:
        return {"status": "error", "output": {}, "error_message": error.message}
    return shown


def _shown(outcome: Outcome, now: datetime) -> JsonObject:
    match outcome:
        case Failure():
            return {"status": "error", "output": outcome.output, "error_message": outcome.message}
        case Success():
            return {"status": "success", "output": outcome.output}
        case Wait():
            return {"status": "success", "output": _waiting(outcome, now)}
        case Iterate():
            return {"status": "success", "output": {"would": "iterate", "count": len(outcome.items)}}
        case Call():
            called: JsonObject = {"workflow_id": outcome.workflow_id, "payload": outcome.payload}
            return {"status": "success", "output": {"would": WaitKind.CHILD, **called}}
        case Finish():
            how = "complete" if outcome.completed else "fail"
            said = {} if outcome.message is None else {"message": outcome.message}
            return {"status": "success", "output": {"would": how, **said, "output": outcome.output}}


def _waiting(wait: Wait, now: datetime) -> JsonObject:
    seconds = None if wait.due_at is None else max(0.0, round((wait.due_at - now).total_seconds(), 3))
    form = {} if wait.prompt is None else {"form": wait.prompt}
    return {"would": wait.kind, "seconds": seconds, **form}


def _bound(node: JsonValue) -> Node | None:
    definition, _ = wire.read([node], [])
    bound = CATALOGUE.bind(definition.nodes[0]) if definition.nodes else None
    return bound if isinstance(bound, Node) else None


def _begun(trial: Trial, trigger: Trigger, now: datetime) -> Outcome:
    payload = payload_of_kind(trigger.trigger_type, ByHand(trial.context, trigger.listens_to, now))
    return Success(trigger.output(TriggerInput(trial.id, trigger.trigger_type, payload)))


def _roots(trial: Trial, now: datetime) -> Mapping[str, JsonValue]:
    """Return what templates read: what was given, and the roots that every run has."""
    given = {name: value for name, value in trial.context.items() if name != VAULT}
    return {"run": {"id": trial.id, "started_at": format_time(now)}, "now": format_time(now), **given}


def _given_secrets(context: JsonObject) -> dict[str, Secret]:
    given = context.get(VAULT)
    if not isinstance(given, Mapping):
        return {}
    return {name: Secret(value) for name, value in given.items() if isinstance(value, str)}
