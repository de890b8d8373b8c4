from app.core.json import JsonObject, loads
from app.graph.answer import Answer, json_answer


def test_an_output_is_answered_as_json_with_200() -> None:
    output: JsonObject = {"total": 2.5, "name": "Zoë", "items": [None, True]}
    answer = json_answer(output)

    assert (answer.status, answer.content_type, loads(answer.body)) == (200, "application/json", output)


def test_an_empty_output_is_an_empty_object() -> None:
    assert json_answer({}).body == "{}"


def test_all_of_an_answer_is_stored() -> None:
    assert Answer(404, "text/csv", "a,b\n").as_json() == {"status": 404, "content_type": "text/csv", "body": "a,b\n"}
