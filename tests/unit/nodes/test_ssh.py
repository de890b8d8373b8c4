import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.outcome import Failure, Success
from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import RESERVED_BYTES, CommandEnd
from tests.factories.steps import Ran, RecordingSsh, StepContext, action, outcome_of

FINGERPRINT = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
NO_KEY = '"host_key" must be one public key such as "ssh-ed25519 AAAA…", or one fingerprint such as "SHA256:…".'
SETTINGS: dict[str, JsonValue] = {
    "host": "router.example.com",
    "username": "ada",
    "password": "secret",
    "host_key": FINGERPRINT,
    "commands": ["ls"],
}
UNSENT = 'SSH failed: "{}" has a character in it that cannot be sent.'


def host(name: str) -> str:
    return (
        '"host" must be a name or an address, such as router.example.com, without user, port or path;'
        f' it is the text "{name}".'
    )


async def success_of(ssh: RecordingSsh, settings: dict[str, JsonValue], **roots: JsonValue) -> Success:
    outcome = await outcome_of("ssh", {**SETTINGS, **settings}, StepContext(roots, ssh=ssh))
    assert isinstance(outcome, Success), outcome
    return outcome


async def failure_of(ssh: RecordingSsh, settings: dict[str, JsonValue], **roots: JsonValue) -> Failure:
    outcome = await outcome_of("ssh", {**SETTINGS, **settings}, StepContext(roots, ssh=ssh))
    assert isinstance(outcome, Failure), outcome
    return outcome


def result(command: str, stdout: str = "", stderr: str = "", exit_code: int | None = 0) -> dict[str, JsonValue]:
    return {"command": command, "stdout": stdout, "stderr": stderr, "exit_code": exit_code}


async def test_the_settings_say_where_to_connect_and_who_logs_in() -> None:
    ssh = RecordingSsh()
    settings: dict[str, JsonValue] = {"host": " [{{ t.host }}] ", "port": "{{ t.port }}", "host_key": "{{ t.key }}"}
    await success_of(ssh, settings, t={"host": "2001:db8::1", "port": "2222", "key": FINGERPRINT})

    [target] = ssh.targets
    assert (target.host, target.port, target.username, target.password) == ("2001:db8::1", 2222, "ada", "secret")
    assert (target.private_key, target.passphrase) == (None, None)
    assert (target.host_key, target.timeout_seconds) == (HostKey(FINGERPRINT), 30)


async def test_the_port_is_22_where_none_is_given() -> None:
    ssh = RecordingSsh()
    await success_of(ssh, {})
    assert ssh.targets[0].port == 22


async def test_credentials_come_from_the_vault() -> None:
    ssh = RecordingSsh()
    credentials: dict[str, JsonValue] = {
        "username": "{{ vault.name }}",
        "password": "",
        "private_key": "vlt_1",
        "passphrase": '{{ vault["the phrase"] }}',
    }
    vault = {"name": "ada", "vlt_1": "-----BEGIN\nx\n", "the phrase": "open sesame"}
    await outcome_of("ssh", {**SETTINGS, **credentials}, StepContext(ssh=ssh, vault=vault))

    [target] = ssh.targets
    assert (target.username, target.password) == ("ada", None)
    assert (target.private_key, target.passphrase) == ("-----BEGIN\nx\n", "open sesame")
    assert not any(secret in repr(target) for secret in vault.values())


async def test_with_accept_new_any_key_will_do() -> None:
    ssh = RecordingSsh()
    await success_of(ssh, {"host_key": None, "accept_new": True})
    assert ssh.targets[0].host_key is None


async def test_the_output_shows_the_key_in_forms_that_the_setting_takes() -> None:
    ssh = RecordingSsh()
    output = (await success_of(ssh, {})).output

    key = ssh.host_key
    assert output["host_key"] == {"fingerprint": key.fingerprint, "public_key": key.public_key}
    assert HostKey.parse(str(key.public_key)) == key
    assert HostKey.parse(key.fingerprint).fingerprint == key.fingerprint


async def test_commands_run_one_after_the_other_on_one_connection() -> None:
    ssh = RecordingSsh(Ran(b"a"), Ran(b"b", b"c"))
    commands: list[JsonValue] = ["first", "echo {{ t.x | shell_quote }}"]
    output = (await success_of(ssh, {"commands": commands}, t={"x": "it's"})).output

    second = """echo 'it'"'"'s'"""
    assert (ssh.commands, len(ssh.targets), ssh.open_connections) == (["first", second], 1, 0)
    assert output["results"] == [result("first", "a"), result(second, "b", "c")]


@pytest.mark.parametrize(
    ("end", "said", "shown"),
    [
        (CommandEnd(2), "ended with exit code 2", {"exit_code": 2}),
        (CommandEnd(signal="KILL"), "was ended by the signal KILL", {"exit_code": None, "signal": "KILL"}),
    ],
)
async def test_a_command_that_fails_ends_and_fails_the_step(
    end: CommandEnd, said: str, shown: dict[str, JsonValue]
) -> None:
    ssh = RecordingSsh(Ran(b"fine"), Ran(b"out", b"err", end))
    failure = await failure_of(ssh, {"commands": ["a", "b", "c"]})

    assert failure.message == f"SSH failed: commands[1] {said}"
    assert failure.output["results"] == [result("a", "fine"), {**result("b", "out", "err"), **shown}]
    assert (ssh.commands, ssh.open_connections) == (["a", "b"], 0)


async def test_a_command_that_fails_need_not_fail_the_step() -> None:
    ssh = RecordingSsh(Ran(end=CommandEnd(2)), Ran(end=CommandEnd(signal="TERM")), Ran())
    output = (await success_of(ssh, {"commands": ["a", "b", "c"], "fail_on_exit_code": False})).output

    assert output["results"] == [
        result("a", exit_code=2),
        {**result("b", exit_code=None), "signal": "TERM"},
        result("c"),
    ]


async def test_a_host_that_tells_no_exit_code_fails_nothing() -> None:
    output = (await success_of(RecordingSsh(Ran(b"x", end=CommandEnd())), {})).output
    assert output["results"] == [result("ls", "x", exit_code=None)]


@pytest.mark.parametrize("error", [TemporaryError("gone", delay_seconds=3), PermanentError("never")])
async def test_a_failed_connection_is_told_with_nothing_done(error: StepError) -> None:
    node = action("ssh", SETTINGS)
    with pytest.raises(type(error)) as caught:
        await node.run(StepContext(ssh=RecordingSsh(refusal=error)))

    raised = caught.value
    assert (raised.message, raised.output) == (f"SSH failed: {error.message}", {"results": []})
    if isinstance(error, TemporaryError) and isinstance(raised, TemporaryError):
        assert raised.delay_seconds == error.delay_seconds


async def test_a_lost_connection_is_told_with_what_was_printed_until_then() -> None:
    ssh = RecordingSsh(Ran(b"fine"), Ran(b"ha", end=TemporaryError("the connection was lost")))
    failure = await failure_of(ssh, {"commands": ["a", "b", "c"]})

    assert failure.message == "SSH failed at commands[1]: the connection was lost"
    assert failure.output["results"] == [result("a", "fine"), result("b", "ha", exit_code=None)]
    assert "host_key" in failure.output


async def test_a_command_that_prints_too_much_fails_the_step_and_keeps_the_others() -> None:
    ssh = RecordingSsh(Ran(b"fine"), Ran(b"x" * 2_000))
    ctx = StepContext(ssh=ssh, output_bytes=RESERVED_BYTES + 1_000)
    outcome = await outcome_of("ssh", {**SETTINGS, "commands": ["a", "b", "c"]}, ctx)

    assert isinstance(outcome, Failure)
    assert outcome.message == ("SSH failed at commands[1]: it printed more than there is room for in the step's output")
    assert (outcome.output["results"], ssh.commands) == ([result("a", "fine")], ["a", "b"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"host": "{{ t.missing }}"}, f"SSH failed: {host('')}"),
        ({"port": "{{ t.large }}"}, 'SSH failed: "port" must be a whole number from 1 to 65535; it is 70000.'),
        ({"port": "{{ t.text }}"}, "SSH failed: This must come to a number."),
        ({"username": "{{ t.missing }}"}, 'SSH failed: "username" comes to nothing.'),
        ({"password": "{{ t.missing }}"}, 'SSH failed: "password" comes to nothing.'),
        ({"password": None, "private_key": "{{ t.missing }}"}, 'SSH failed: "private_key" comes to nothing.'),
        ({"username": "{{ t.half }}"}, UNSENT.format("username")),
        ({"password": "a\0"}, UNSENT.format("password")),
        ({"host_key": "{{ t.missing }}"}, f"SSH failed: {NO_KEY}"),
        ({"commands": ["ls", "{{ t.missing }}"]}, 'SSH failed: "commands[1]" is empty.'),
        ({"commands": ["{{ t.half }}"]}, UNSENT.format("commands[0]")),
        ({"commands": ["{{ t.long }}{{ t.long }}"]}, 'SSH failed: "commands[0]" is longer than 128 KiB.'),
    ],
)
async def test_what_comes_to_nothing_that_can_be_used_fails_before_anything_is_done(
    settings: dict[str, JsonValue], message: str
) -> None:
    ssh = RecordingSsh()
    roots: dict[str, JsonValue] = {"large": 70_000, "text": "x", "half": "\ud83d", "long": "x" * 70_000}
    failure = await failure_of(ssh, settings, t=roots)

    assert (failure.message, failure.output, ssh.targets) == (message, {"results": []}, [])
