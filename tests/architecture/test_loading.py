"""What a process does without until somebody needs it: each of these libraries takes memory, up to 30 MiB."""

import json
import subprocess
import sys

import pytest

from app.core.importing import without

BY_NOBODY = {"pygments", "rich"}
BY_COMMANDS_ONLY = {"alembic", "psutil", "yaml"}
BY_A_PROVIDER = {"authlib"}  # where the operator has named one
BY_NODES_OF_A_KIND = {"aiosmtplib", "asyncssh", "fpdf", "jsonschema_rs", "lxml", "markdown_it", "zeep"}
BY_THE_OTHER = {
    "app.cli.api": {"aiohttp", "httpx", "maxminddb", "typer", "worker"},
    "worker.__main__": {"app.main", "click", "fastapi", "jose", "starlette", "typer", "uvicorn"},
}


@pytest.mark.parametrize("process", BY_THE_OTHER)
def test_a_process_starts_without_what_it_may_never_need(process: str) -> None:
    load = f"import sys, importlib; importlib.import_module('{process}'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", load], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert process in loaded
    assert loaded & (BY_NOBODY | BY_COMMANDS_ONLY | BY_A_PROVIDER | BY_NODES_OF_A_KIND | BY_THE_OTHER[process]) == set()


def test_what_an_import_goes_without_is_there_afterwards() -> None:
    shown = "import app.core.log, sys; assert 'rich' not in sys.modules; import rich.console; print(rich.__name__)"
    done = subprocess.run([sys.executable, "-P", "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout == "rich\n"


def test_what_was_loaded_before_an_import_stays_loaded() -> None:
    with without("json"):
        assert sys.modules["json"] is None
    assert sys.modules["json"] is json
