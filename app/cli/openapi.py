"""Keeps openapi/openapi.json equal to what the application serves."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app

FILE = Path("openapi", "openapi.json")


def write(*, check: bool) -> int:
    """Write the file, or only say whether it differs; return the exit status."""
    text = _document()
    if not check:
        FILE.write_text(text)
        return 0
    if FILE.exists() and FILE.read_text() == text:
        return 0
    print(f"{FILE} is not what the code serves: run `make openapi`.", file=sys.stderr)  # noqa: T201 -- a command line speaks
    return 1


def _document() -> str:
    """Return the document of an application that has no servers: none is asked for it."""
    nowhere = SecretStr("postgresql://nowhere/virga"), SecretStr("redis://nowhere")
    settings = Settings(DATABASE_URL=nowhere[0], REDIS_URL=nowhere[1])
    return json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
