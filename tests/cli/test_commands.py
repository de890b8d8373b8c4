"""The single commands, as processes: their refusals are one sentence and exit code 2."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import asyncpg
import pytest

from app.core.crypto import Keyring
from tests.fixtures.servers import Servers
from tests.fixtures.serving import clean_environment, free_port

KEY = "k1:" + "A" * 43 + "="
ISSUERS = json.dumps([{"issuer": "virga", "secret": "s" * 48}])


def _virga(arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "app.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(settings), check=False)


@pytest.mark.parametrize(
    "command",
    ["serve", "token", "api", "worker", "migrate", "init-env", "doctor", "backup", "restore", "export", "import"],
)
def test_help_names_every_command(command: str) -> None:
    assert f"\n  {command} " in _virga(["--help"]).stdout


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "DATABASE_URL is not set: name the database, as in postgresql://user:password@host/database."),
        ("mysql://a:b@c/d", "DATABASE_URL is not of the form postgresql://user:password@host:5432/database."),
        ("nonsense", "DATABASE_URL is not of the form postgresql://user:password@host:5432/database."),
    ],
)
def test_migrate_refuses_what_is_no_address(url: str, sentence: str) -> None:
    done = _virga(["migrate"], {"DATABASE_URL": url})
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence + "\n")


def test_migrate_says_which_database_it_cannot_reach_but_not_the_password(postgres_url: str) -> None:
    done = _virga(["migrate"], {"DATABASE_URL": postgres_url.replace(":test@", ":hidden@")})
    assert done.returncode == 2
    assert done.stderr == (
        'The database of DATABASE_URL cannot be reached: password authentication failed for user "virga".\n'
    )


def test_two_migrations_at_once_make_one_schema(make_database: Callable[[], str]) -> None:
    url = make_database()
    asyncio.run(_ask(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    command = [sys.executable, "-P", "-m", "app.cli", "migrate"]
    both = [subprocess.Popen(command, env=clean_environment({"DATABASE_URL": url})) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert asyncio.run(_ask(url, "SELECT count(*) FROM alembic_version")) == "SELECT 1"


async def _ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    answer: object = await connection.execute(statement)
    await connection.close()
    return answer


def test_init_env_makes_fresh_secrets_that_the_settings_accept() -> None:
    first, second = (_environment(_virga(["init-env"]).stdout) for _ in range(2))
    assert set(first) >= {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "VIRGA_VAULT__KEYS", "VIRGA_AUTH__ISSUERS"}
    secret = set(first) - {"VIRGA_PUBLIC_URL"}
    assert not [name for name in secret if first[name] == second[name]]
    assert Keyring.parse(first["VIRGA_VAULT__KEYS"]).key_ids == {"k1"}
    assert _virga(["token"], first).returncode == 0


def test_the_doctor_is_content_with_a_whole_installation(postgres_url: str, redis_url: str) -> None:
    done = _virga(["doctor"], {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": KEY})
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        f"ok     {what}" for what in ("settings", "database", "migrations", "queue", "clock", "egress")
    ]
    assert done.returncode == 0


def test_the_doctor_finds_what_is_away_and_goes_on(redis_url: str) -> None:
    nobody = f"postgresql://virga:pw@127.0.0.1:{free_port()}/virga"
    done = _virga(["doctor"], {"DATABASE_URL": nobody, "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": KEY})
    assert done.returncode == 1
    wrong = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong == ["database:", "migrations:", "clock:"]


def test_the_doctor_finds_a_schema_that_is_missing(servers: Servers, redis_url: str) -> None:
    bare = servers.postgres_url.rsplit("/virga?", 1)
    settings = {"DATABASE_URL": "/postgres?".join(bare), "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": KEY}
    assert "WRONG  migrations: the schema is missing" in _virga(["doctor"], settings).stdout


def test_the_doctor_warns_of_open_doors_to_credentials(postgres_url: str, redis_url: str) -> None:
    settings = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": KEY}
    done = _virga(["doctor"], {**settings, "VIRGA_EGRESS__ALLOW": '["169.254.0.0/16"]'})
    assert "WRONG  egress: VIRGA_EGRESS__ALLOW opens 169.254.169.254" in done.stdout


def test_the_doctor_names_settings_that_are_missing(tmp_path: Path) -> None:
    done = _virga(["doctor", "--data-dir", str(tmp_path)])
    assert done.returncode == 1
    assert done.stdout.startswith("WRONG  settings: Settings are wrong or missing: ")
    assert "DATABASE_URL" in done.stdout


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_process_whose_database_is_away_says_so_in_one_sentence(command: str, redis_url: str) -> None:
    nobody = f"postgresql://virga:pw@127.0.0.1:{free_port()}/virga"
    settings = {
        "DATABASE_URL": nobody,
        "REDIS_URL": redis_url,
        "VIRGA_VAULT__KEYS": KEY,
        "VIRGA_AUTH__ISSUERS": ISSUERS,
    }
    done = _virga([command, *(["--port", "0"] if command == "api" else [])], settings)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("The database cannot be reached: ")


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_process_without_settings_names_what_is_missing(command: str) -> None:
    done = _virga([command])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "DATABASE_URL" in done.stderr
    assert "REDIS_URL" in done.stderr


def test_an_api_whose_port_is_taken_says_so_in_one_sentence(postgres_url: str, redis_url: str) -> None:
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "VIRGA_VAULT__KEYS": KEY,
        "VIRGA_AUTH__ISSUERS": ISSUERS,
    }
    with socket.create_server(("127.0.0.1", 0)) as holder:
        done = _virga(["api", "--port", str(holder.getsockname()[1])], settings)
    assert done.returncode == 2
    assert "cannot be used (Address already in use)" in done.stderr


@pytest.mark.parametrize("options", [["--tls-cert", "x.pem"], ["--tls-key", "x.pem"]])
def test_a_certificate_without_its_key_is_refused(tmp_path: Path, options: list[str]) -> None:
    done = _virga(["serve", "--data-dir", str(tmp_path / "data"), "--port", "0", *options])
    assert (done.returncode, done.stderr) == (2, "--tls-cert and --tls-key go together; name both or none.\n")


def test_a_certificate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    options = ["--tls-cert", "none.pem", "--tls-key", "none.key"]
    done = _virga(["serve", "--data-dir", str(tmp_path / "data"), "--port", "0", *options])
    assert done.stderr == "none.pem and none.key cannot serve HTTPS: No such file or directory.\n"


def _environment(text: str) -> dict[str, str]:
    """Read an .env file as compose does: what stands in single quotes is meant literally."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}
