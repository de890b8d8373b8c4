"""Short ways to run a command on a host, or to fail to."""

from app.graph.errors import StepError
from app.graph.ports import Ssh, SshTarget
from app.graph.ssh_report import CommandEnd, Printed

ROOM = 100_000

Told = tuple[type[StepError], str]


async def run(ssh: Ssh, target: SshTarget, command: str) -> tuple[CommandEnd, Printed]:
    """Return how a command ended, and what it printed."""
    printed = Printed(ROOM)
    async with ssh.connect(target) as session:
        return await session.run(command, printed), printed


async def said(ssh: Ssh, target: SshTarget, command: str) -> bytes:
    return bytes((await run(ssh, target, command))[1].stdout)


async def failure(ssh: Ssh, target: SshTarget, command: str = "exit 0") -> StepError:
    """Return why it cannot be run, which it must not."""
    try:
        end, _ = await run(ssh, target, command)
    except StepError as error:
        return error
    raise AssertionError(end)


def told(error: StepError) -> Told:
    return type(error), error.message
