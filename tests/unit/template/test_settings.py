"""Templates as fields of a component's settings."""

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.json import JsonValue
from app.graph.template import (
    SECRET_CAPABLE,
    BodyTemplate,
    NumberTemplate,
    SecretText,
    TextTemplate,
    ValueTemplate,
    iter_templates,
    place_of,
    secret_capable_settings,
)
from tests.factories.budgets import standing_budget


class Header(BaseModel):
    key: TextTemplate
    value: TextTemplate


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    url: TextTemplate = Field(default_factory=lambda: TextTemplate("https://example.com"), description="Where to.")
    body: BodyTemplate | None = None
    anything: ValueTemplate | None = None
    seconds: NumberTemplate = Field(default_factory=lambda: NumberTemplate(5))
    headers: list[Header] = []
    query: dict[str, TextTemplate] = {}
    pair: tuple[TextTemplate, int] | None = None
    sender: Annotated[TextTemplate | None, Field(alias="from")] = None
    plain: str = "{{ not.a.template }}"


def fault(data: dict[str, JsonValue]) -> tuple[tuple[int | str, ...], str]:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(data)
    (error,) = caught.value.errors()
    return error["loc"], error["msg"]


def test_fields_are_read_from_their_settings() -> None:
    settings = Settings.model_validate(
        {"url": "{{ n1.url }}", "body": {"a": "{{ n1.x }}"}, "anything": None, "seconds": "{{ n1.s }}", "from": 5}
    )
    assert settings.url == TextTemplate("{{ n1.url }}")
    assert settings.body == BodyTemplate({"a": "{{ n1.x }}"})
    assert settings.anything is None
    assert settings.seconds == NumberTemplate("{{ n1.s }}")
    assert settings.sender == TextTemplate("5")


@pytest.mark.parametrize(
    ("given", "text"), [(5, "5"), (1.5, "1.5"), (2.0, "2.0"), (True, "true"), (False, "false"), ("", "")]
)
def test_numbers_and_truth_values_are_taken_as_text(given: JsonValue, text: str) -> None:
    assert Settings.model_validate({"url": given}).url.render({}, standing_budget()) == text


@pytest.mark.parametrize("given", ["x", 5, 1.5, True, [1, "{{ x }}"], {"a": None}])
def test_a_value_may_be_of_any_type(given: JsonValue) -> None:
    settings = Settings.model_validate({"anything": given})
    assert settings.anything is not None
    assert settings.anything.source == given


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        ({"url": None}, ("url",), "This must be text, a number, true or false."),
        ({"url": ["x"]}, ("url",), "This must be text, a number, true or false."),
        ({"body": 5}, ("body",), "This must be a text, an object or a list."),
        ({"seconds": True}, ("seconds",), "This must be a number, or a text with a template that comes to one."),
        ({"seconds": []}, ("seconds",), "This must be a number, or a text with a template that comes to one."),
        ({"seconds": "soon"}, ("seconds",), "This must come to a number."),
        ({"anything": (1,)}, ("anything",), "This must be a JSON value."),
        (
            {"url": "a\n{{ x | nope }}"},
            ("url",),
            "There is no filter `nope` (line 2, column 8).",
        ),
        (
            {"headers": [{"key": "a", "value": "{{ x"}]},
            ("headers", 0, "value"),
            "The template cannot be read: '{{' is never closed by '}}' (line 1, column 1).",
        ),
        (
            {"body": {"a": ["{% if {braces} %}"]}},
            ("body",),
            "In a[0]: The template cannot be read: unexpected '{' (line 1, column 7).",
        ),
        ({"url": "{{ x }}" + "x" * 65_530}, ("url",), "A template has at most 65536 bytes; this one has 65537."),
    ],
)
def test_a_fault_is_a_validation_error_with_a_sentence(
    data: dict[str, JsonValue], place: tuple[str | int, ...], message: str
) -> None:
    assert fault(data) == (place, message)


def test_a_template_is_taken_as_it_is() -> None:
    template = TextTemplate("{{ x }}")
    assert Settings(url=template).url is template
    assert Settings.model_validate({"url": template}).url is template


def test_a_template_of_another_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"url": ValueTemplate("x")})


def test_settings_are_written_as_they_were_posted() -> None:
    data: dict[str, JsonValue] = {"url": "{{ x }}", "body": {"a": "{{ y }}"}, "seconds": "7", "query": {"a": "b"}}
    dumped = Settings.model_validate(data).model_dump(mode="json", exclude_unset=True)
    assert dumped == data
    assert Settings.model_validate_json(Settings.model_validate(data).model_dump_json()).url.source == "{{ x }}"


def test_settings_are_described_by_a_schema() -> None:
    properties = Settings.model_json_schema()["properties"]
    liquid = {"type": "string", "format": "liquid"}
    assert properties["url"] == {
        "anyOf": [liquid, {"type": "number"}, {"type": "boolean"}],
        "description": "Where to.",
        "title": "Url",
    }
    assert properties["seconds"]["anyOf"] == [{"type": "number"}, liquid]
    body = properties["body"]["anyOf"]
    assert [kind["type"] for kind in body] == ["string", "object", "array", "null"]
    assert body[0] == liquid
    assert properties["anything"]["anyOf"] == [{}, {"type": "null"}]


def test_one_schema_does_not_change_another() -> None:
    first = Settings.model_json_schema()
    first["properties"]["url"]["anyOf"].clear()
    assert Settings.model_json_schema()["properties"]["url"]["anyOf"]


def test_all_templates_of_settings_are_found_with_their_paths() -> None:
    settings = Settings.model_validate(
        {
            "url": "{{ a }}",
            "body": {"x": "{{ b }}"},
            "headers": [{"key": "k", "value": "{{ c }}"}, {"key": "l", "value": "{{ d }}"}],
            "query": {"page": "{{ e }}"},
            "pair": ["{{ f }}", 1],
            "from": "{{ g }}",
        }
    )
    assert [(found.path, found.template.source) for found in iter_templates(settings)] == [
        ("url", "{{ a }}"),
        ("body", {"x": "{{ b }}"}),
        ("seconds", 5),
        ("headers[0].key", "k"),
        ("headers[0].value", "{{ c }}"),
        ("headers[1].key", "l"),
        ("headers[1].value", "{{ d }}"),
        ("query.page", "{{ e }}"),
        ("pair[0]", "{{ f }}"),
        ("from", "{{ g }}"),
    ]


class Credentials(BaseModel):
    name: TextTemplate
    secret: Annotated[SecretText, SECRET_CAPABLE]


class Marked(BaseModel):
    url: Annotated[TextTemplate, SECRET_CAPABLE] = Field(description="Where to.")
    body: Annotated[BodyTemplate | None, SECRET_CAPABLE] = None
    optional: Annotated[TextTemplate, SECRET_CAPABLE] | None = None
    listed: list[Annotated[TextTemplate, SECRET_CAPABLE]] = []
    logins: tuple[Credentials, ...] = ()
    below: "Marked | None" = None
    sender: Annotated[SecretText, SECRET_CAPABLE, Field(alias="from")] = SecretText("x")
    plain: TextTemplate = TextTemplate("x")


def test_templates_that_may_read_the_vault_are_marked() -> None:
    settings = Marked.model_validate(
        {
            "url": "u",
            "body": [],
            "optional": "o",
            "listed": ["l"],
            "logins": [{"name": "n", "secret": "s"}],
            "below": {"url": "v"},
        }
    )
    assert {found.path for found in iter_templates(settings) if found.is_secret_capable} == {
        *("url", "body", "optional", "listed[0]", "logins[0].secret", "below.url", "below.from", "from")
    }


def test_settings_with_such_a_template_are_named() -> None:
    assert secret_capable_settings(Marked) == ["url", "body", "optional", "listed", "logins", "below", "from"]
    assert secret_capable_settings(Settings) == []


def test_the_schema_shows_the_mark() -> None:
    schema = Marked.model_json_schema()["$defs"]["Marked"]["properties"]
    assert {name for name, described in schema.items() if described.get("x-secret")} == {"url", "body", "from"}
    assert Marked.model_json_schema()["$defs"]["Credentials"]["properties"]["secret"]["x-secret"] is True


def test_a_template_that_stands_in_settings_has_a_place_there() -> None:
    settings = Settings.model_validate({"headers": [{"key": "a", "value": "b"}, {"key": "a", "value": "b"}]})
    assert place_of(settings.headers[1].value, settings) == "headers[1].value"


def test_what_only_equals_a_template_of_settings_has_no_place_there() -> None:
    assert place_of(TextTemplate("https://example.com"), Settings()) is None
