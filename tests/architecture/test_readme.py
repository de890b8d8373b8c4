"""The README says what is so: its requests, its tables and its defaults are those of the code."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.cli.first_steps import CONTEXT, example
from app.core.config import IssuerSettings, Settings
from app.main import create_app
from app.nodes import COMPONENTS
from app.runs.schemas import WorkflowRun
from app.workflows.schemas import Workflow
from tests.architecture.markdown import README, blocks, table
from tests.architecture.source import CHECKOUT

APP = create_app(Settings(DATABASE_URL=SecretStr("postgresql://nowhere"), REDIS_URL=SecretStr("redis://nowhere")))
SCRIPT = "\n".join(blocks(README, "sh"))
SENT = [json.loads(body) for body in re.findall(r"-d '(.*?)'$", SCRIPT, re.MULTILINE | re.DOTALL)]
ANSWERS: list[Any] = [json.loads(body.replace("[…]", "[]")) for body in blocks(README, "json")]


def variables(model: type[BaseModel], prefix: str = "VIRGA_") -> Iterator[tuple[str, str]]:
    """Yield each setting's environment variable and its default, as the README writes them."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from variables(field.annotation, f"{prefix}{name.upper()}__")
        else:
            yield variable(prefix, name, field), default(field)


def variable(prefix: str, name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return f"`{alias.choices[0]}`" if isinstance(alias, AliasChoices) else f"`{prefix}{name.upper()}`"


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return "none" if field.default is None else f"`{json.dumps(field.default)}`"


def test_the_table_of_settings_has_every_setting_with_its_default() -> None:
    written = [(name, default) for name, default, _ in table(README, "variable", "default", "meaning")]
    assert written == list(variables(Settings))


def test_every_setting_has_a_meaning() -> None:
    assert all(meaning for _, _, meaning in table(README, "variable", "default", "meaning"))


def test_what_an_issuer_consists_of_is_named() -> None:
    meanings = {name: meaning for name, _, meaning in table(README, "variable", "default", "meaning")}
    assert set(re.findall(r"`(\w+)`", meanings["`VIRGA_AUTH__ISSUERS`"])) == set(IssuerSettings.model_fields)


def test_the_table_of_components_is_the_catalogue() -> None:
    written = [name for name, _ in table(README, "component", "what it does")]
    assert written == [f"`{kind.component_id}`" for kind in COMPONENTS]


def test_the_table_of_examples_has_all_but_those_of_components() -> None:
    of_components = {kind.component_id for kind in COMPONENTS}
    files = sorted((CHECKOUT / "openapi" / "examples").glob("*.json"))
    written = [name for name, _ in table(README, "example", "what it does")]
    assert written == [f"`{file.stem}`" for file in files if file.stem not in of_components]


def test_the_table_of_routes_is_the_openapi_document() -> None:
    written = [route for cell, _ in table(README, "route", "what it does") for route in re.findall(r"`([^`]+)`", cell)]
    served = [f"{method.upper()} {path}" for path, routes in APP.openapi()["paths"].items() for method in routes]
    assert sorted(written) == sorted(served)


def test_the_requests_are_those_that_serve_prints() -> None:
    assert [example(), CONTEXT] == SENT


@pytest.mark.parametrize(("shown", "model"), list(zip(ANSWERS, (Workflow, WorkflowRun, WorkflowRun), strict=True)))
def test_the_answers_have_the_shape_of_real_ones(shown: dict[str, Any], model: type[BaseModel]) -> None:
    assert json.loads(model.model_validate(shown).model_dump_json()) == shown


def test_each_request_is_about_what_the_one_before_answered() -> None:
    workflow, started, read = ANSWERS
    assert f"WORKFLOW={workflow['id']}\n" in SCRIPT
    assert f"RUN={started['id']}\n" in SCRIPT
    assert started["trigger_payload"] == read["trigger_payload"] == SENT[1]
    assert [log["node_id"] for log in read["logs"]] == [node["id"] for node in SENT[0]["nodes"]]
