"""Runs commands on another host over SSH."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, StepError
from app.graph.foreign import repair_text
from app.graph.node import Action
from app.graph.outcome import Outcome, Success
from app.graph.ports import SshSession
from app.graph.ssh_login import SshLogin
from app.graph.ssh_report import SshReport
from app.graph.template import TextTemplate

MAX_COMMANDS = 100
MAX_COMMAND_BYTES = 128 * 1024  # what Linux takes as one argument


class SshSettings(SshLogin):
    commands: tuple[TextTemplate, ...] = Field(
        max_length=MAX_COMMANDS,
        json_schema_extra={"minItems": 1},  # as min_length it would count commands that are wrong as missing
        description=(
            "Run one after the other, each in a channel of its own and without input; values in them are not quoted by"
            " themselves, so write {{ value | shell_quote }}."
        ),
    )
    fail_on_exit_code: bool = Field(
        default=True, description="Whether a command that ends with another exit code than 0 ends and fails the step."
    )

    @field_validator("commands")
    @classmethod
    def _say_something(cls, commands: tuple[TextTemplate, ...]) -> tuple[TextTemplate, ...]:
        if not commands:
            raise ValueError('"commands" needs at least one command.')
        for place, command in enumerate(commands):
            if command.is_static:
                _checked(str(command.source), place)
        return commands


class Ssh(Action):
    component_id = "ssh"
    settings_type = SshSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "results": "For each command `command`, `stdout`, `stderr` and `exit_code`, null where a `signal` ended it.",
        "host_key": "The key that the host showed: its `fingerprint`, and the `public_key` to pin it by.",
    }
    example: ClassVar[JsonObject] = {
        "host": "router.example.com",
        "username": "virga",
        "private_key": "{{ vault.router_key }}",
        "host_key": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "commands": ["ping -c 3 -- {{ trigger.context.address | shell_quote }}"],
    }

    def __init__(self, node_id: str, settings: SshSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Log in and run. Raises `TemporaryError` for lost connections and timeouts, else `PermanentError`.

        The error's output has the results until then.
        """
        report = SshReport(ctx.output_bytes)
        try:
            target, commands = await self.settings.target(ctx), await self._commands(ctx)
            async with ctx.outside.ssh.connect(target) as session:
                report.host_key = session.host_key
                await self._run_all(commands, session, report)
        except StepError as error:
            place = "" if report.under_way is None else f" at commands[{report.under_way}]"
            message = f"SSH failed{place}: {error.message}"
            raise replace(error, message=message, output=await report.output()) from error
        return Success(await report.output())

    async def _run_all(self, commands: Sequence[str], session: SshSession, report: SshReport) -> None:
        for place, command in enumerate(commands):
            end = await session.run(command, report.begin(command))
            await report.end(end)
            if end.is_failure and self.settings.fail_on_exit_code:
                raise PermanentError(f"commands[{place}] {end}")

    async def _commands(self, ctx: NodeContext) -> Sequence[str]:
        rendered = [await ctx.render(command) for command in self.settings.commands]
        try:
            return [_checked(command, place) for place, command in enumerate(rendered)]
        except ValueError as error:
            raise PermanentError(str(error)) from None


def _checked(command: str, place: int) -> str:
    """Return the command. Raises `ValueError` for one that no host could run."""
    if not command.strip():
        raise ValueError(f'"commands[{place}]" is empty.')
    if repair_text(command) != command:
        raise ValueError(f'"commands[{place}]" has a character in it that cannot be sent.')
    if len(command.encode()) > MAX_COMMAND_BYTES:
        raise ValueError(f'"commands[{place}]" is longer than {MAX_COMMAND_BYTES // 1024} KiB.')
    return command
