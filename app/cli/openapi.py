"""Keeps generated documents equal to what the application serves, what its components take, and to the examples."""

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from app.cli.definitions.examples import every_example
from app.cli.reference import examples
from app.cli.reference.pages import html, markdown
from app.core.config import Settings
from app.graph.schema import component_schemas
from app.main import create_app
from app.nodes import CATALOGUE

ROUTES = Path("openapi", "openapi.json")
COMPONENTS = Path("openapi", "node-schemas.json")
REFERENCE = Path("docs", "nodes.md")
REFERENCE_PAGE = Path("app", "http", "static", "guides", "nodes.html")
EXAMPLES_PAGE = Path("app", "http", "static", "guides", "examples.html")


def write(*, check: bool) -> int:
    """Write the files, or only say which of them differ; return the exit status."""
    documents = {
        ROUTES: _text(_routes()),
        COMPONENTS: _text(component_schemas(CATALOGUE)),
        REFERENCE: markdown(CATALOGUE),
        REFERENCE_PAGE: html(CATALOGUE),
        EXAMPLES_PAGE: examples.html(every_example().values(), CATALOGUE),
    }
    differing = [file for file, text in documents.items() if not file.exists() or file.read_text() != text]
    for file in differing:
        if check:
            print(f"{file} is not what the code says: run `make openapi`.", file=sys.stderr)  # noqa: T201 -- a command line speaks
        else:
            file.write_text(documents[file])
    return 1 if check and differing else 0


def _routes() -> object:
    """Return the document of an application that has no servers: none is asked for it."""
    nowhere = SecretStr("postgresql://nowhere/virga"), SecretStr("redis://nowhere")
    return create_app(Settings(DATABASE_URL=nowhere[0], REDIS_URL=nowhere[1])).openapi()


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
