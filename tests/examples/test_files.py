"""The files of all examples: nothing is wrong with them, they say what they need, and each is played by some test."""

import json
import re
from itertools import combinations

import pytest

from app.cli.definitions.examples import every_example
from app.graph.limits import GraphLimits
from app.graph.validation import validate
from app.graph.wire import read
from app.nodes import CATALOGUE
from app.workflows.calls import callees_of
from app.workflows.judgement import Judge
from app.workflows.schemas import WorkflowDraft
from tests.architecture.source import CHECKOUT, files
from tests.examples.files import FILES, OF_COMPONENTS, PURPOSES, channels_of, example, settings_of, texts, vault_names

SUMMARY_CHARACTERS = 110  # a line in a list
LEAST_APART = (240, 120)  # two nodes, across or down
HOST = re.compile(r"(?<![@\w.-])(?:[a-z-]+\.)*example\.(?:com|org)\b")
ADDRESS = re.compile(r"@example\.(?:com|org)\b")
ID = "vlt_01kaq3v0c3s8y5b1f7f3q2d6te"

each = pytest.mark.parametrize("name", list(FILES))


@each
def test_a_file_is_valid_without_warnings(name: str) -> None:
    workflow = example(name)
    definition, issues = read(workflow["nodes"], workflow["edges"])
    assert [*issues, *validate(definition, CATALOGUE, GraphLimits())] == []
    draft = WorkflowDraft.model_validate({key: workflow[key] for key in workflow.keys() - {"id"}})
    verdict = Judge(GraphLimits()).verdict(draft)
    assert (verdict.errors, verdict.warnings) == ([], [])


@each
def test_a_file_is_written_like_the_others(name: str) -> None:
    assert json.dumps(example(name), indent=2, ensure_ascii=False) + "\n" == FILES[name].read_text()


@each
def test_a_summary_is_a_line(name: str) -> None:
    assert len(every_example()[name].summary) <= SUMMARY_CHARACTERS


@each
def test_no_two_nodes_of_a_drawing_lie_on_each_other(name: str) -> None:
    places = [(node["id"], node["position"]) for node in example(name)["nodes"]]
    across, down = LEAST_APART
    close = [
        (first, second)
        for (first, one), (second, other) in combinations(places, 2)
        if abs(one["x"] - other["x"]) < across and abs(one["y"] - other["y"]) < down
    ]
    assert close == []


@each
def test_what_an_example_needs_is_said(name: str) -> None:
    workflow = example(name)
    said = "\n".join(every_example()[name].to_do)
    needed = vault_names(workflow) | channels_of(workflow)
    assert {one for one in needed if one not in said} == set()


@each
def test_what_is_to_be_changed_in_an_example_is_said(name: str) -> None:
    workflow = example(name)
    said = "\n".join(every_example()[name].to_do)
    used = list(texts([node["data"] for node in workflow["nodes"]]))
    hosts = {host for text in used for host in HOST.findall(text)}
    notes = "\n".join(node["data"].get("description", "") for node in workflow["nodes"])
    assert {host for host in hosts if host not in said and host not in notes} == set()
    assert "vlt_" in said or ID not in used
    settings = [text for data in settings_of(workflow, "send_email") for text in texts(data)]
    assert "address" in said or not any(ADDRESS.search(text) for text in settings)


def test_no_two_examples_have_one_id_and_those_that_are_called_are_there() -> None:
    ids = [workflow["id"] for workflow in map(example, FILES) if "id" in workflow]
    called = {callee for name in FILES for callee in callees_of(example(name)["nodes"])}
    assert len(ids) == len(set(ids))
    assert called == set(ids)


def test_every_example_is_played() -> None:
    played = files(".py", below="tests/examples")
    text = "\n".join((CHECKOUT / file).read_text() for file in played if file.name.startswith("test_"))
    text += (CHECKOUT / "tests" / "authorizations" / "test_calling_the_platform.py").read_text()
    assert {name for name in FILES if f'"{name}"' not in text} == set()


def test_there_are_examples_of_every_component_and_many_of_what_they_are_good_for_together() -> None:
    assert FILES.keys() >= OF_COMPONENTS
    assert len(PURPOSES) >= 16
