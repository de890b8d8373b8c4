"""What neither linters nor import rules can say about the code."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from app.nodes import COMPONENTS
from tests.architecture.source import CHECKOUT, attributes, files, importers

MOST_LINES = 250
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "shared", "tools"}
PYTHON = files(".py")
NOQA = re.compile(r"#\s*noqa\b(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* -- \w)")
TYPE_IGNORE = re.compile(r"#\s*type: ?ignore(?!\[[a-z, -]+\] # \w)")

# Where a library may be imported. Everybody else goes through these.
HOMES = {
    "fastapi": [
        "app/main.py",
        "app/lifespan.py",
        "app/http/*",
        "app/*/endpoints.py",
        "app/*/deps.py",
        "app/auth/transactions.py",
    ],
    "starlette": ["app/main.py", "app/http/*", "app/*/endpoints.py", "app/*/deps.py"],
    "sqlalchemy": [
        "app/core/db.py",
        "app/core/statements.py",
        "app/models/*",
        "app/unit_of_work.py",
        "app/*/repository.py",
        "app/*/repository/*",
        "app/cli/backup.py",
        "app/cli/doctor.py",
        "app/cli/filling.py",
        "app/cli/migrate.py",
        "app/cli/postgres_programs.py",
        "app/cli/vault.py",
        "worker/execution/*",
        "migrations/*",
    ],
    "asyncpg": ["app/core/statements.py"],
    "alembic": ["app/cli/migrate.py", "migrations/*"],
    "arq": ["app/queue/client.py", "worker/wake.py"],
    "httpx": ["app/outbound/*"],
    "httpx_aiohttp": ["app/outbound/*"],
    "aiohttp": ["app/outbound/*"],
    "aiosmtplib": ["worker/adapters/smtp.py", "worker/adapters/smtp_failures.py"],
    "jose": ["app/auth/*", "app/cli/token.py"],
    "authlib": ["app/authorizations/oauth.py"],
    "liquid": ["app/graph/template/*"],
    "markdown_it": ["app/cli/reference/*", "worker/adapters/pdf/*"],
    "jsonpath_rfc9535": ["app/graph/jsonpath/*"],
    "jsonschema_rs": ["app/graph/input_schema.py"],
    "fpdf": ["worker/adapters/pdf/*"],
    "zeep": ["worker/adapters/soap/*"],
    "maxminddb": ["worker/adapters/ip_database.py"],
    "cronsim": ["app/graph/schedule/cron.py"],
    "typer": ["app/cli/commands.py"],
    "uvicorn": ["app/cli/api.py"],
    "pydantic_settings": ["app/core/config.py", "app/cli/token.py"],
    "psutil": ["app/embedded/*"],
    "asyncssh": ["worker/adapters/ssh/*"],
}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_where_it_belongs(library: str) -> None:
    strangers = {file for file in importers(library) if not any(fnmatch(file, home) for home in HOMES[library])}
    assert strangers == set()


def test_secrets_are_decrypted_in_few_places_only() -> None:
    """Whoever adds a place adds it here, and says so in review."""
    assert attributes("decrypt") == {
        "app/core/crypto.py:Keyring.decrypt",  # the cipher itself
        "app/cli/kept_keys.py:_opens",  # to see before a restore whether the keys are those of the backup
        "app/models/rotation.py:_Rotation._seal_again",  # to encrypt with another key, by the operator's command
        "app/workflows/tokens.py:WebhookTokens.url",  # to show a webhook's address
        "app/vault/revealing.py:reveal",  # for whoever uses a secret in the API: webhook verification
        "app/node_tests/service.py:NodeTestService._opened",  # the answer of a node that was tried out
        "app/authorizations/tokens.py:Seals._open",  # the secrets of a sign-in, and the tokens that it has brought
        "worker/adapters/secrets.py:SecretOpener.open",  # for the settings of nodes that may read the vault
    }


def lines_of(file: Path) -> list[str]:
    return (CHECKOUT / file).read_text().splitlines()


def test_every_file_is_short_enough_to_be_read() -> None:
    # A migration that has run is not cut up any more.
    assert [file for file in PYTHON if file.parts[0] != "migrations" and len(lines_of(file)) > MOST_LINES] == []


def test_no_module_is_named_for_holding_anything() -> None:
    assert [file for file in PYTHON if EMPTY_WORDS & {file.stem, *file.parts[:-1]}] == []


@pytest.mark.parametrize("unexplained", [NOQA, TYPE_IGNORE], ids=["noqa", "type: ignore"])
def test_every_suppression_has_its_reason_on_the_line(unexplained: re.Pattern[str]) -> None:
    assert [(str(file), line) for file in PYTHON for line in lines_of(file) if unexplained.search(line)] == []


@pytest.mark.parametrize("component_id", [kind.component_id for kind in COMPONENTS])
def test_every_component_has_tests_of_its_own(component_id: str) -> None:
    general = {"test_catalogue.py", "test_common_settings.py"}
    tests = [
        (CHECKOUT / file).read_text() for file in files(".py", below="tests/unit/nodes") if file.name not in general
    ]
    assert any(f'"{component_id}"' in text for text in tests)
