"""The hosted API's published OpenAPI fragment, property by property beside our document."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.test_openapi import DOCUMENT, resolved

THEIRS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent.parent / "golden" / "published" / "execute_workflow.openapi.yaml").read_text()
)
SCHEMAS: dict[str, Any] = THEIRS["components"]["schemas"]
PROPERTIES = [(name, key) for name, schema in SCHEMAS.items() for key in schema["properties"]]
PATH = "/workflows/{workflowId}/execute"
NULL = {"type": "null"}

# Where ours promise more than theirs: a number that is never a whole one only, a value that is never null.
NEVER_NULL = {("WorkflowLog", "component_id")}


def ours_of(name: str, key: str) -> tuple[dict[str, Any], bool]:
    """Return our property without what says that it may be null, and whether it may be."""
    shown = resolved(DOCUMENT["components"]["schemas"][name]["properties"][key])
    kinds = [resolved(kind) for kind in shown.get("anyOf", [shown])]
    (kind,) = [kind for kind in kinds if kind != NULL]
    return kind, NULL in kinds


@pytest.mark.parametrize(("name", "key"), PROPERTIES)
def test_a_property_has_its_type(name: str, key: str) -> None:
    theirs, (ours, _) = SCHEMAS[name]["properties"][key], ours_of(name, key)
    assert ours["type"] == theirs["type"]


@pytest.mark.parametrize(("name", "key"), PROPERTIES)
def test_a_property_is_null_only_where_theirs_may_be(name: str, key: str) -> None:
    theirs, (_, is_nullable) = SCHEMAS[name]["properties"][key], ours_of(name, key)
    assert is_nullable <= theirs.get("nullable", False)


@pytest.mark.parametrize(("name", "key"), [at for at in PROPERTIES if at not in NEVER_NULL])
def test_a_property_that_may_be_null_may_be_so_here(name: str, key: str) -> None:
    theirs, (_, is_nullable) = SCHEMAS[name]["properties"][key], ours_of(name, key)
    assert is_nullable == theirs.get("nullable", False)


@pytest.mark.parametrize(("name", "key"), PROPERTIES)
def test_a_property_has_its_values_and_its_format(name: str, key: str) -> None:
    theirs, (ours, _) = SCHEMAS[name]["properties"][key], ours_of(name, key)
    assert ours.get("enum") == theirs.get("enum")
    assert ours.get("format") == theirs.get("format")


@pytest.mark.parametrize("key", ["logs"])
def test_a_list_has_the_published_things(key: str) -> None:
    theirs, (ours, _) = SCHEMAS["WorkflowRun"]["properties"][key], ours_of("WorkflowRun", key)
    assert ours["items"] == theirs["items"]


def test_the_operation_has_every_published_status() -> None:
    assert THEIRS["paths"][PATH]["post"]["responses"].keys() <= DOCUMENT["paths"][PATH]["post"]["responses"].keys()


def test_the_accepted_answer_is_the_published_schema() -> None:
    theirs = THEIRS["paths"][PATH]["post"]["responses"]["202"]["content"]["application/json"]["schema"]
    assert DOCUMENT["paths"][PATH]["post"]["responses"]["202"]["content"]["application/json"]["schema"] == theirs


@pytest.mark.parametrize("status", ["401", "403", "404", "500"])
def test_an_error_is_the_published_schema(status: str) -> None:
    answered = resolved(DOCUMENT["paths"][PATH]["post"]["responses"][status])
    assert answered["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}


def test_the_path_has_the_published_parameter() -> None:
    theirs = THEIRS["components"]["parameters"]["WorkflowId"]
    ours = {given["name"]: given for given in DOCUMENT["paths"][PATH]["post"]["parameters"]}
    shown = ours[theirs["name"]]
    assert (shown["in"], shown["required"], shown["schema"]["type"]) == (theirs["in"], True, theirs["schema"]["type"])


def test_the_body_is_optional_and_has_a_context() -> None:
    body = DOCUMENT["paths"][PATH]["post"]["requestBody"]
    assert not body.get("required", False)
    schema = body["content"]["application/json"]["schema"]
    (kind,) = [resolved(kind) for kind in schema["anyOf"] if kind != NULL]
    assert kind["properties"]["context"]["type"] == "object"


def test_the_security_scheme_is_the_published_one() -> None:
    theirs = THEIRS["components"]["securitySchemes"]["BearerAuth"]
    ours = DOCUMENT["components"]["securitySchemes"]["BearerAuth"]
    assert {key: ours[key] for key in ("type", "scheme", "bearerFormat")} == {
        key: theirs[key] for key in ("type", "scheme", "bearerFormat")
    }


def test_every_published_tag_is_used_or_reserved() -> None:
    used = {tag for operations in DOCUMENT["paths"].values() for one in operations.values() for tag in one["tags"]}
    assert {tag["name"] for tag in THEIRS["tags"]} <= used
