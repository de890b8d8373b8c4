import pytest

from app.core.json import JsonObject, JsonValue, loads
from app.graph.answer import Answer
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


def answered(output: JsonObject, **settings: JsonValue) -> Answer:
    return action("text_transform", {"template": "x", **settings}).answer(output)


PLAIN, JSON = "text/plain; charset=utf-8", "application/json"


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("Hello!", PLAIN),
        ("", PLAIN),
        ("{not json}", PLAIN),
        ("NaN", PLAIN),
        ('{"a": [1, 2.50]}', JSON),
        ("[]", JSON),
        ("42", JSON),
        ('"x"', JSON),
        ("null", JSON),
    ],
)
def test_a_text_is_answered_as_it_is_and_as_json_where_it_is_json(text: str, content_type: str) -> None:
    assert answered({"text": text, "result": "not this"}) == Answer(200, content_type, text)


@pytest.mark.parametrize("text", ["Hello!", '{"a": 1}'])
def test_status_and_content_type_of_an_answer_can_be_set(text: str) -> None:
    assert answered({"text": text}, status_code=404, content_type="text/csv") == Answer(404, "text/csv", text)


@pytest.mark.parametrize("output", [{"error": {"message": "It broke."}}, {"text": 5}])
def test_what_is_no_text_is_answered_as_json_whatever_is_set(output: JsonObject) -> None:
    answer = answered(output, status_code=404, content_type="text/csv")

    assert (answer.status, answer.content_type, loads(answer.body)) == (200, JSON, output)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/csv",
        "application/problem+json",
        "text/csv; charset=utf-8",
        "text/csv;charset=utf-8;header=present",
        "text/csv\t;\tcharset=utf-8",
        'multipart/mixed; boundary="a b: c"',
        "x/" + "y" * 253,
    ],
)
def test_every_media_type_can_be_answered(content_type: str) -> None:
    assert answered({"text": "x"}, content_type=content_type).content_type == content_type


def test_space_around_a_content_type_is_no_part_of_it() -> None:
    assert answered({"text": "x"}, content_type=" text/csv\n").content_type == "text/csv"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        " ",
        "csv",
        "text/",
        "/csv",
        "text/csv;",
        "text/csv; charset",
        "text/csv; charset=",
        "text/csv; charset=a b",
        'text/csv; charset="',
        "text/csv, text/html",
        "text/ü",
        "text/csv\r\nX: y",
        'text/csv;\r\nX="a: b"',
        'text/csv\n; x="a"',
        'text/csv; x="\r\n"',
        "text/csv;\x0bx=y",
        "{{ n1.type }}",
    ],
)
def test_what_is_no_content_type_is_refused(content_type: str) -> None:
    message = f'"{content_type}" is no content type: write one such as text/csv; charset=utf-8.'

    assert faults("text_transform", {"template": "x", "content_type": content_type}) == {"content_type": message}


def test_a_long_text_that_is_no_content_type_is_shown_by_its_beginning() -> None:
    shown = faults("text_transform", {"template": "x", "content_type": "y" * 61})

    assert shown["content_type"].startswith(f'"{"y" * 60}" is no content type')


def test_a_content_type_has_at_most_255_characters() -> None:
    longer = faults("text_transform", {"template": "x", "content_type": "x/" + "y" * 254})

    assert longer == {"content_type": '"content_type" must have at most 255 characters.'}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"template": '"template" is required.'}),
        ({"template": None}, {"template": '"template" must be text, a number, true or false; it is null.'}),
        ({"template": ["x"]}, {"template": '"template" must be text, a number, true or false; it is a list.'}),
        ({"template": "x", "status_code": 199}, {"status_code": '"status_code" must be at least 200; it is 199.'}),
        ({"template": "x", "status_code": True}, {"status_code": '"status_code" must be a number; it is true.'}),
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
