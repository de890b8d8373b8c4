"""The OpenAPI document leaves no answer out and promises nothing that is not so."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from app.core.errors import VirgaError
from app.main import ERROR_KINDS
from tests.api.test_guards import APP
from tests.fixtures.api import Client

DOCUMENT: dict[str, Any] = APP.openapi()
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]
STATUS = {kind.code: kind.status for kind in ERROR_KINDS}
TYPE = {kind.code: kind.type for kind in ERROR_KINDS}


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value
    if "$ref" in value:
        found = DOCUMENT
        for key in value["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return found


async def test_the_document_is_served_to_everybody(api: Client) -> None:
    answer = await api.anonymous().get("/openapi.json")
    assert answer.json() == DOCUMENT
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_documents_its_errors(method: str, path: str, operation: dict[str, Any]) -> None:
    expected = {"400", "405", "422", "500", "503"}
    expected |= {"401", "403", "429"} if "security" in operation else set()
    expected |= {"413", "415"} if "requestBody" in operation else set()
    expected |= {"404"} if "{" in path else set()
    assert expected <= set(operation["responses"])
    assert method in {"get", "post", "put", "delete", "patch"}


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_operation_says_what_it_does(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"], (method, path)
    assert operation["description"]
    assert operation["tags"]


def test_405_names_its_header() -> None:
    assert "Allow" in DOCUMENT["components"]["responses"]["Error405"]["headers"]


def test_fastapis_own_shape_of_errors_is_nowhere() -> None:
    assert "HTTPValidationError" not in str(DOCUMENT)


def examples() -> Iterator[tuple[str, str, Any]]:
    for name, response in DOCUMENT["components"]["responses"].items():
        for code, example in response["content"]["application/json"]["examples"].items():
            yield name.removeprefix("Error"), code, example["value"]
    for _, _, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json", {})
            for code, example in media.get("examples", {}).items() if int(status) >= 400 else ():
                yield status, code, example["value"]


@pytest.mark.parametrize(("status", "code", "example"), list(examples()))
def test_an_examples_code_belongs_to_its_status(status: str, code: str, example: dict[str, Any]) -> None:
    assert (STATUS[code], TYPE[code]) == (int(status), example["type"])
    assert example["code"] == code
    assert example["doc_url"].endswith(f"/docs/errors#{code}")
    schema = {**DOCUMENT["components"]["schemas"]["ErrorResponse"], "components": DOCUMENT["components"]}
    jsonschema_rs.validate(schema, example)


@pytest.mark.parametrize("kind", ERROR_KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_of_explanation(kind: type[VirgaError]) -> None:
    assert kind.explanation.endswith(".")
    assert 400 <= kind.status < 600


async def test_a_real_error_fits_the_documented_shape(api: Client) -> None:
    schema = {**DOCUMENT["components"]["schemas"]["ErrorResponse"], "components": DOCUMENT["components"]}
    for path in ["/nowhere", "/workflows/fl_none", "/workflows/fl_none/executions?page=0"]:
        jsonschema_rs.validate(schema, (await api.get(path)).json())
