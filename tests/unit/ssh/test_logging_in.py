"""Who gets in where, and what a connection that does not come about fails with."""

import logging
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from app.graph.errors import PermanentError, TemporaryError
from app.graph.ssh_host_key import HostKey
from app.outbound.addresses import workflow_policy
from app.outbound.dialling import Dialler
from tests.fixtures.ssh_host import CLIENT_KEY, KEYS, SshHost, known, text_of
from tests.unit.ssh.asking import failure, run, said, told
from tests.unit.ssh.conftest import LOOPBACK
from worker.adapters.ssh.lazy import LazySsh

BY_KEY = {"password": None, "private_key": text_of(CLIENT_KEY)}


async def test_a_password_opens(ssh: LazySsh, host: SshHost) -> None:
    assert await said(ssh, host.target(), "echo hello") == b"hello"


async def test_a_password_opens_where_it_is_asked_for_in_words(ssh: LazySsh) -> None:
    async with SshHost(password_auth=False) as host:
        assert await said(ssh, host.target(), "echo hello") == b"hello"


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
async def test_a_private_key_opens(ssh: LazySsh, host: SshHost, form: str) -> None:
    target = host.target(password=None, private_key=text_of(CLIENT_KEY, form))
    assert await said(ssh, target, "echo hello") == b"hello"


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
async def test_an_encrypted_private_key_opens(ssh: LazySsh, host: SshHost, form: str) -> None:
    key = text_of(CLIENT_KEY, form, "open sesame")
    target = host.target(password=None, private_key=key, passphrase="open sesame")
    assert await said(ssh, target, "echo hello") == b"hello"


@pytest.mark.parametrize(
    ("passphrase", "message"),
    [
        (None, 'the private key is encrypted; its passphrase belongs into "passphrase"'),
        ("wrong", "the private key cannot be read with this passphrase"),
    ],
)
async def test_an_encrypted_private_key_without_its_passphrase_connects_to_nobody(
    ssh: LazySsh, host: SshHost, passphrase: str | None, message: str
) -> None:
    key = text_of(CLIENT_KEY, "openssh", "open sesame")
    error = await failure(ssh, host.target(password=None, private_key=key, passphrase=passphrase))
    assert (told(error), host.connections) == ((PermanentError, message), [])


async def test_a_passphrase_that_a_private_key_does_not_need_does_no_harm(ssh: LazySsh, host: SshHost) -> None:
    assert await said(ssh, host.target(**BY_KEY, passphrase="open sesame"), "echo hello") == b"hello"


@pytest.mark.parametrize(
    ("changes", "credentials"),
    [
        ({"password": "wrong"}, "password"),
        ({"username": "eve"}, "password"),
        ({"password": None, "private_key": text_of(KEYS["ssh-ed25519"])}, "private key"),
        ({**BY_KEY, "username": "eve"}, "private key"),
    ],
)
async def test_who_is_not_let_in_is_told_so(
    ssh: LazySsh, host: SshHost, changes: dict[str, object], credentials: str
) -> None:
    error = await failure(ssh, host.target(**changes))
    assert told(error) == (PermanentError, f"127.0.0.1 did not let the user in with this {credentials}")
    assert host.logins == 0


async def test_a_password_that_has_to_be_changed_first_is_told(ssh: LazySsh) -> None:
    async with SshHost(kbdint_auth=False) as host:
        error = await failure(ssh, host.target(password="expired"))
    assert told(error) == (PermanentError, "127.0.0.1 wants the password to be changed before anybody logs in with it")


async def test_a_private_key_that_cannot_be_read_connects_to_nobody(ssh: LazySsh, host: SshHost) -> None:
    error = await failure(ssh, host.target(password=None, private_key="-----BEGIN"))
    assert (error.message.startswith("the private key cannot be read"), host.connections) == (True, [])


async def test_a_user_name_that_ssh_does_not_take_is_told(ssh: LazySsh, host: SshHost) -> None:
    error = await failure(ssh, host.target(username="a\x07b"))
    assert told(error) == (PermanentError, "the user name has a character in it that SSH does not take")


@pytest.mark.parametrize("pinned", [lambda key: key, lambda key: HostKey(key.fingerprint)], ids=["key", "fingerprint"])
async def test_the_expected_host_is_talked_to(
    ssh: LazySsh, host: SshHost, pinned: Callable[[HostKey], HostKey]
) -> None:
    async with ssh.connect(host.target(host_key=pinned(host.key))) as session:
        assert session.host_key == host.key


async def test_a_host_with_several_keys_is_known_by_any_of_them(ssh: LazySsh) -> None:
    async with SshHost("ecdsa-sha2-nistp256", "ssh-ed25519") as host:
        for key in host.keys:
            async with ssh.connect(host.target(host_key=known(key))) as session:
                assert session.host_key == known(key)


async def test_whichever_key_is_shown_where_none_is_expected(ssh: LazySsh, host: SshHost) -> None:
    async with ssh.connect(host.target(host_key=None)) as session:
        assert session.host_key == host.key


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_another_host_is_refused_before_anybody_logs_in(ssh: LazySsh, host: SshHost, algorithm: str) -> None:
    expected = known(CLIENT_KEY if algorithm == "ssh-ed25519" else KEYS[algorithm])
    error = await failure(ssh, host.target(host_key=expected))

    assert isinstance(error, PermanentError)
    assert error.message.startswith(
        f"127.0.0.1 shows the ssh-ed25519 key {host.key.fingerprint}, but {expected.fingerprint} was expected."
    )
    assert host.logins == 0


async def test_a_private_address_is_refused_without_a_connection(host: SshHost) -> None:
    error = await failure(LazySsh(Dialler(workflow_policy([]).https)), host.target())
    assert isinstance(error, PermanentError)
    assert error.message.startswith("calls to the address of 127.0.0.1 are not allowed")
    assert host.connections == []


async def test_a_closed_port_is_a_connection_failure(ssh: LazySsh, host: SshHost) -> None:
    error = await failure(ssh, host.target(port=1))
    assert told(error) == (TemporaryError, "could not connect to 127.0.0.1")


async def test_a_connection_that_the_library_does_not_take_over_is_closed(
    ssh: LazySsh, host: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(**_: object) -> None:
        raise ValueError

    monkeypatch.setattr(asyncssh, "connect", refuse)
    error = await failure(ssh, host.target())
    await host.left.wait()
    assert told(error) == (PermanentError, "127.0.0.1 sent what is not valid SSH")


async def test_nothing_of_the_machine_is_used(
    ssh: LazySsh, host: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder and an environment by which the library would log in elsewhere, as somebody else, with another key."""
    folder = tmp_path / ".ssh"
    folder.mkdir()
    (folder / "config").write_text(
        "Host *\n  Port 1\n  User eve\n  SendEnv *\n  Ciphers aes128-cbc\n  ForwardAgent yes\n"
    )
    (folder / "id_ed25519").write_text(text_of(CLIENT_KEY))
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {host.key.public_key}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    monkeypatch.setenv("LC_SECRET", "of this machine")

    assert await said(ssh, host.target(), "environment") == b"({}, None, None)"
    assert (await failure(ssh, host.target(password="wrong"))).message.endswith("with this password")
    assert "was expected" in (await failure(ssh, host.target(host_key=known(CLIENT_KEY)))).message


async def test_a_process_whose_user_has_no_name_connects_too(host: SshHost, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)  # as in a container that runs under a mere number

    assert await said(LazySsh(Dialler(LOOPBACK)), host.target(), "echo hello") == b"hello"


async def test_the_library_logs_nothing(ssh: LazySsh, host: SshHost, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await run(ssh, host.target(), "echo hello")
        await failure(ssh, host.target(password="wrong"))
    assert [record for record in caplog.records if record.name.startswith("asyncssh")] == []


def test_a_worker_does_not_load_the_library_before_it_is_needed() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, worker.main; print('asyncssh' in sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert loaded.stdout == "False\n"
