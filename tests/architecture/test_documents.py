"""Whatever the documents name exists: commands, targets, variables, routes, files, and what links lead to."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import typer.main
from fastapi.routing import iter_route_contexts

from app.cli.commands import application
from app.core.config import ChannelSettings, Settings
from app.http.guides import GUIDES
from tests.architecture.markdown import DOCUMENTS, code, links
from tests.architecture.source import CHECKOUT, files
from tests.architecture.test_readme import APP, variables

each_document = pytest.mark.parametrize("name", list(DOCUMENTS))

COMMANDS = typer.main.get_group(application).commands
GROUPS = {name: group.commands for name, group in COMMANDS.items() if isinstance(group, typer.core.TyperGroup)}
TARGETS = set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
ROUTES = {
    (method, route.path_format) for route in iter_route_contexts(APP.routes) for method in (*(route.methods or ()), "")
} | {("", f"/docs/{name}") for name in GUIDES}
OTHER_VARIABLES = set(re.findall(r"VIRGA_[A-Z_]*[A-Z]", (CHECKOUT / "docker-compose.yml").read_text())) | {
    "VIRGA_DATA_DIR"  # an option of commands, which those of compose need not know
}
VARIABLES = {name.strip("`") for name, _ in variables(Settings)} | OTHER_VARIABLES
OF_CHANNELS = "|".join((field.alias or name).upper() for name, field in ChannelSettings.model_fields.items())
FOLDERS = "app|bench|docs|migrations|openapi|tests|worker"
MACHINE = re.compile(r"(?<![\w.~$}-])/(?:home|Users|root|work|workspace|mnt|media)/\w")
INDEX = re.compile(r"https?://[^\s\"')]*(?:pypi|pythonhosted|/simple/)")


def found(pattern: str, name: str) -> Iterator[tuple[str, ...]]:
    for line in code(DOCUMENTS[name]):
        for match in re.finditer(pattern, line):
            yield match.groups()


@each_document
def test_make_targets_exist(name: str) -> None:
    assert {target for (target,) in found(r"^make ([a-z]+)", name)} <= TARGETS


@each_document
def test_commands_and_their_options_exist(name: str) -> None:
    for command, rest in found(r"(?<![-/] )\bvirga ([a-z][a-z-]*)([^|&#>)]*)", name):
        assert command in COMMANDS
        within = GROUPS.get(command, {}).get(rest.split()[0] if rest.split() else "", COMMANDS[command])
        options = {option for parameter in within.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


@each_document
def test_variables_exist(name: str) -> None:
    named = {variable for (variable,) in found(r"\b(VIRGA_[A-Z_]*[A-Z])\b", name)}
    known = {re.sub(rf"(VIRGA_CHANNELS)__[A-Z]+__(?:{OF_CHANNELS})", r"\1", variable) for variable in named}
    assert known <= VARIABLES


@each_document
def test_routes_exist(name: str) -> None:
    named = set(found(r"^(?:([A-Z]+) )?(/(?:workflows|health|docs|openapi\.json)[^\s`]*)$", name))
    assert {(method or "", path) for method, path in named} <= ROUTES


@each_document
def test_files_exist(name: str) -> None:
    named = {path for (path,) in found(rf"^((?:{FOLDERS})(?:/[\w.-]+)*/?)$", name)}
    assert {path for path in named if not (CHECKOUT / path).exists()} == set()


@each_document
def test_links_lead_somewhere(name: str) -> None:
    here = (CHECKOUT / name).parent
    paths = [link.partition("#")[0] for link in links(DOCUMENTS[name]) if not link.startswith("https://")]
    assert [path for path in paths if not (here / path).exists()] == []


@each_document
def test_links_within_a_page_lead_to_a_heading(name: str) -> None:
    headings = re.findall(r"^#+ (.+)$", DOCUMENTS[name], re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert {link[1:] for link in links(DOCUMENTS[name]) if link.startswith("#")} <= anchors


@pytest.mark.parametrize("file", files(below="docs/decisions"), ids=lambda file: file.stem)
def test_a_decision_is_one_page_with_its_context_and_consequences(file: Path) -> None:
    lines = (CHECKOUT / file).read_text().splitlines()
    assert len(lines) <= 40
    assert re.fullmatch(r"# \d{4} .+[^.]", lines[0])
    assert lines[0][2:6] == file.name[:4]
    assert [line for line in lines if line in {"## Context", "## Decision", "## Consequences"}] == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(file.name[:4]) for file in files(below="docs/decisions")]
    assert numbers[0] == 1
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", DOCUMENTS["CHANGELOG.md"], re.MULTILINE)
    assert headings[0] == "[Unreleased]"


@pytest.mark.parametrize("pattern", [MACHINE, INDEX], ids=["a place on a machine", "a package index"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    texts = {file: (CHECKOUT / file).read_bytes().decode("utf-8", "ignore") for file in files()}
    assert {str(file): pattern.findall(text) for file, text in texts.items() if pattern.search(text)} == {}
