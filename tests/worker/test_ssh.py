"""Commands on another host within runs: credentials come from the vault and show nowhere, and no command is left."""

import pytest

from app.graph.redaction import MASK
from tests.factories.vault_rows import VaultRows
from tests.fixtures.ssh_host import CLIENT_KEY, PASSWORD, USER, SshHost, text_of
from tests.worker.telling import ended_well, failure, kept, spelt
from tests.worker.world import World, chain, node, until


def ssh(node_id: str, at: SshHost, *commands: str, **data: object) -> dict[str, object]:
    settings = {"host": "127.0.0.1", "port": at.port, "username": USER, "host_key": at.key.fingerprint}
    return node(node_id, "ssh", **{**settings, "commands": commands, **data})


@pytest.mark.parametrize("by_id", [False, True], ids=["name", "id"])
async def test_a_step_logs_in_with_the_vault_and_nothing_shows_it(
    world: World, vault: VaultRows, capfd: pytest.CaptureFixture[str], *, by_id: bool
) -> None:
    key = text_of(CLIENT_KEY)
    item = await vault.add("key", key)
    await vault.add("password", PASSWORD)
    async with SshHost() as host, world.worker():
        first = ssh("a", host, "leak", private_key=item if by_id else "{{ vault.key }}")
        await ended_well(world, first, ssh("b", host, "leak", password="{{ vault.password }}"))
    left, logged = await kept(world), "".join(capfd.readouterr())

    assert host.logins == 2
    assert MASK in left
    secrets = [*spelt(PASSWORD), *spelt(key), *(line for line in key.splitlines() if not line.startswith("-----"))]
    assert [secret for secret in secrets if secret in left or secret in logged] == []


@pytest.mark.parametrize(("passphrase", "status"), [("open sesame", "completed"), ("opened with that", "failed")])
async def test_the_passphrase_of_a_key_comes_from_the_vault_and_nothing_shows_it(
    world: World, vault: VaultRows, capfd: pytest.CaptureFixture[str], passphrase: str, status: str
) -> None:
    item = await vault.add("key", text_of(CLIENT_KEY, "openssh", "open sesame"))
    await vault.add("phrase", passphrase)
    async with SshHost() as host, world.worker():
        step = ssh("a", host, f"echo {passphrase}", private_key=item, passphrase="{{ vault.phrase }}")
        run = await world.start(await world.add_workflow(*chain(step)))
        [row] = await world.ended(run)
    left = await kept(world) + "".join(capfd.readouterr())
    said = None if status == "completed" else "SSH failed: the private key cannot be read with this passphrase"
    assert (row.status, row.error_message, host.logins) == (status, said, int(status == "completed"))
    assert [secret for secret in spelt(passphrase) if secret in left] == []


async def test_a_step_that_is_not_let_in_says_so_without_the_password(world: World, vault: VaultRows) -> None:
    await vault.add("password", "a wrong password")
    async with SshHost() as host, world.worker():
        message = await failure(world, ssh("a", host, "exit 0", password="{{ vault.password }}"))
    assert message == "SSH failed: 127.0.0.1 did not let the user in with this password"
    assert "a wrong password" not in await kept(world)


async def test_a_command_that_takes_too_long_fails_the_step_with_what_it_had_printed(world: World) -> None:
    async with SshHost() as host, world.worker():
        slow = ssh("a", host, "echo fine", "prompt Password:", password=PASSWORD, timeout_seconds=3)
        run = await world.start(await world.add_workflow(*chain(slow)))
        [row] = await world.ended(run)
        await host.left.wait()
    output = (await world.logs(run))[1].output

    assert row.error_message == "SSH failed at commands[1]: the 3 s for it were over before all commands had ended"
    assert [(result["stdout"], result["exit_code"]) for result in output["results"]] == [
        ("fine", 0),
        ("Password:", None),
    ]


async def test_a_run_that_is_cancelled_leaves_no_command_behind(world: World) -> None:
    async with SshHost() as host, world.worker():
        run = await world.start(await world.add_workflow(*chain(ssh("a", host, "prompt x", password=PASSWORD))))
        await until(lambda: host.commands == ["prompt x"])
        await world.execute("UPDATE runs SET cancel_requested_at = now() WHERE id = :id", id=run)
        world.look()
        [row] = await world.ended(run)
        await host.left.wait()
        await until(lambda: host.signals == ["TERM"])
    assert (row.status, (await world.steps(run))[1]) == ("failed", ("a", "warning"))


async def test_a_private_host_that_nobody_has_allowed_is_refused(world: World) -> None:
    async with SshHost() as host, world.worker():
        message = await failure(world, ssh("a", host, "exit 0", password=PASSWORD, host="10.0.0.1"))
    assert message.startswith("SSH failed: calls to the address of 10.0.0.1 are not allowed")
