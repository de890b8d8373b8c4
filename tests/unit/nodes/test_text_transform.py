import pytest

from app.core.json import JsonValue
from tests.factories.steps import action, faults, output_of


@pytest.mark.parametrize(
    ("template", "text", "result"),
    [
        ("Hello {{ n1.name }}!", "Hello Ada!", "Hello Ada!"),
        ('{"name": "{{ n1.name }}", "n": [1, 2.5]}', '{"name": "Ada", "n": [1, 2.5]}', {"name": "Ada", "n": [1, 2.5]}),
        ("{{ n1 }}", '{"name":"Ada"}', {"name": "Ada"}),
        ("42", "42", 42),
        (42, "42", 42),
        ("true", "true", True),
        ("null", "null", None),
        ("", "", ""),
        ("{{ n1.nothing }}", "", ""),
        ("{not json}", "{not json}", "{not json}"),
        ("18446744073709551616", "18446744073709551616", "18446744073709551616"),
        ("NaN", "NaN", "NaN"),
    ],
)
async def test_a_text_is_read_as_json_where_it_is_json(template: JsonValue, text: str, result: JsonValue) -> None:
    output = await output_of("text_transform", {"template": template}, n1={"name": "Ada"})

    assert output == {"text": text, "result": result}


def test_a_responding_node_says_so() -> None:
    assert action("text_transform", {"template": "x", "is_response": True}).responds
    assert not action("text_transform", {"template": "x"}).responds


@pytest.mark.parametrize("status", [200, 404, 599])
def test_an_answer_may_have_any_final_status(status: int) -> None:
    action("text_transform", {"template": "x", "status_code": status, "content_type": "text/csv"})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"template": '"template" is required.'}),
        ({"template": None}, {"template": '"template" must be text, a number, true or false; it is null.'}),
        ({"template": ["x"]}, {"template": '"template" must be text, a number, true or false; it is a list.'}),
        ({"template": "x", "status_code": 199}, {"status_code": '"status_code" must be at least 200; it is 199.'}),
        ({"template": "x", "status_code": 600}, {"status_code": '"status_code" must be at most 599; it is 600.'}),
        ({"template": "x", "content_type": 1}, {"content_type": '"content_type" must be a text; it is 1.'}),
        (
            {"template": "x", "is_response": "perhaps"},
            {"is_response": '"is_response" must be true or false; it is the text "perhaps".'},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("text_transform", settings) == expected
