"""The example workflows as they lie in the repository, and made to reach the doubles of a test."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core.json import JsonValue
from app.graph.template import VAULT
from app.graph.validation.subject import Subject
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.architecture.source import CHECKOUT

FOLDER = CHECKOUT / "openapi" / "examples"
FILES: Mapping[str, Path] = {file.stem: file for file in sorted(FOLDER.glob("*.json"))}
OF_COMPONENTS = frozenset(kind.component_id for kind in CATALOGUE)
PURPOSES = sorted(FILES.keys() - OF_COMPONENTS)  # of those that show more than one component
URL = re.compile(r"https://((?:[a-z-]+\.)*example\.(?:com|org))")
MAIL_HOST = "mail.example.com"

Workflow = dict[str, Any]


def example(name: str) -> Workflow:
    parsed: Workflow = json.loads(FILES[name].read_text())
    return parsed


def settings_of(workflow: Workflow, component_id: str) -> list[dict[str, Any]]:
    """Return the settings of all nodes that are of a component."""
    return [node["data"] for node in workflow["nodes"] if node["data"]["componentId"] == component_id]


def channels_of(workflow: Workflow) -> set[str]:
    """Return the channels that it names, of notifications and of forms."""
    forms = (data["notify"] for data in settings_of(workflow, "interactive_form") if "notify" in data)
    named = (data["channel"] for data in (*settings_of(workflow, "send_notification"), *forms))
    return {name for name in named if "{{" not in name}


def vault_names(workflow: Workflow) -> set[str]:
    """Return the vault items that templates read by name."""
    definition, _ = read(workflow["nodes"], workflow["edges"])
    reads = (one for reading in Subject.of(definition, CATALOGUE).readings for one in reading.reads)
    return {str(one.path[0]) for one in reads if one.root == VAULT}


def pointed(workflow: Workflow, http: str, mail_port: int) -> Workflow:
    """Return the workflow with each host as a path of the server at `http`, and with its mail going to a local one."""
    parsed: Workflow = json.loads(URL.sub(rf"{http}/\1", json.dumps(workflow)))
    for data in settings_of(parsed, "send_email"):
        assert data["host"] == MAIL_HOST
        data |= {"host": "127.0.0.1", "port": mail_port, "security": "none"}
    return parsed


def without_pauses(workflow: Workflow) -> Workflow:
    """Return the workflow with attempts that follow each other at once."""
    for node in workflow["nodes"]:
        if "retry" in node["data"]:
            node["data"]["retry"]["delay_seconds"] = 0
    return workflow


def texts(value: JsonValue) -> Iterator[str]:
    """Yield every text that stands somewhere in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
