from datetime import timedelta

import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.form.prompt import Prompt
from app.graph.outcome import Failure, Success, Wait, WaitKind
from tests.factories.steps import NOW, StepContext, action, failure_of, outcome_of

ASKED: JsonObject = {"title": "Asked"}
LISTED = 'must be a list of texts, or of objects such as {"value": "eu", "label": "Europe"}'
TICKED: JsonObject = {"type": "boolean", "input": "{{ values.a }}", "operator": "is_true"}


def with_field(**field: JsonValue) -> JsonObject:
    return {**ASKED, "fields": [{"name": "a", **field}]}


async def asked(settings: JsonObject, **roots: JsonValue) -> Wait:
    outcome = await outcome_of("interactive_form", settings, StepContext(roots))
    assert isinstance(outcome, Wait), outcome
    return outcome


async def prompt_of(settings: JsonObject, **roots: JsonValue) -> Prompt:
    return Prompt.read((await asked(settings, **roots)).prompt)


async def test_a_form_waits_without_an_end() -> None:
    outcome = await asked(ASKED)
    assert (outcome.kind, outcome.due_at) == (WaitKind.FORM, None)


@pytest.mark.parametrize("seconds", [60, "60", "{{ n1.seconds }}"])
async def test_a_form_expires_when_the_time_has_passed_since_the_node_became_ready(seconds: JsonValue) -> None:
    outcome = await asked({**ASKED, "expires_in_seconds": seconds}, n1={"seconds": 60})
    assert outcome.due_at == NOW + timedelta(seconds=60)


async def test_texts_are_rendered_when_the_wait_begins() -> None:
    texts = {"title": "Order {{ n1.id }}?", "description": "{{ n1.id }}\nNow.", "assignee": "Team {{ n1.id }}"}
    fields: JsonValue = [{"name": "a", "label": "Why {{ n1.id }}?"}]
    buttons: JsonValue = [{"id": "ok", "label": "Order {{ n1.id }}"}]
    prompt = await prompt_of({**texts, "fields": fields, "buttons": buttons}, n1={"id": 7})
    assert (prompt.title, prompt.description, prompt.assignee) == ("Order 7?", "7\nNow.", "Team 7")
    assert (prompt.fields[0].label, prompt.buttons[0].label) == ("Why 7?", "Order 7")


async def test_what_is_left_out_has_a_name_and_a_button_all_the_same() -> None:
    prompt = await prompt_of({**with_field(), "buttons": [{"id": "ok"}]})
    assert (prompt.fields[0].label, prompt.fields[0].type, prompt.buttons[0].label) == ("a", "text", "ok")
    assert (prompt.description, prompt.assignee) == (None, None)
    assert (await prompt_of(ASKED)).buttons[0].model_dump() == {"id": "submit", "label": "Submit"}


@pytest.mark.parametrize("title", ["", " ", "{{ n1.nothing }}"])
async def test_a_form_without_a_title_is_called_one(title: str) -> None:
    assert (await prompt_of({"title": title}, n1={})).title == "Form"


@pytest.mark.parametrize(
    "options",
    [
        ["eu", "7"],
        ["eu", 7],
        [{"value": "eu"}, {"value": 7, "label": None}],
        "{{ n1.regions }}",
        ["{{ n1.regions[0] }}", {"value": "{{ n1.regions[1] }}"}],
    ],
)
async def test_a_select_field_offers_what_a_list_or_an_earlier_step_names(options: JsonValue) -> None:
    prompt = await prompt_of(with_field(type="select", options=options), n1={"regions": ["eu", 7]})
    assert [(option.value, option.label) for option in prompt.fields[0].options] == [("eu", "eu"), ("7", "7")]


async def test_options_have_labels_of_their_own() -> None:
    prompt = await prompt_of(with_field(type="select", options=[{"value": "eu", "label": "{{ n1 }}"}]), n1="Europe")
    assert prompt.fields[0].options[0].label == "Europe"


@pytest.mark.parametrize(
    ("kind", "default", "expected"),
    [
        ("text", "{{ n1.text }}", "hi"),
        ("text", "{{ n1.nothing }}", None),
        ("number", "{{ n1.number }}", 7),
        ("number", "7", 7),
        ("checkbox", True, True),
        ("checkbox", "{{ n1.nothing }}", False),
        ("date", "2026-01-15", "2026-01-15"),
    ],
)
async def test_a_default_has_the_fields_type(kind: str, default: JsonValue, expected: JsonValue) -> None:
    prompt = await prompt_of(with_field(type=kind, default=default), n1={"text": "hi", "number": 7})
    assert prompt.fields[0].default == expected


async def test_limits_and_rules_are_kept_as_they_are_written() -> None:
    fields: list[JsonValue] = [
        {"type": "checkbox", "name": "a"},
        {"type": "number", "name": "b", "min": 0.5, "max": 9, "visible_if": TICKED},
        {"type": "text", "name": "c", "min_length": 2, "max_length": 3, "required": True},
    ]
    prompt = await prompt_of({**ASKED, "fields": fields})
    _, number, text = prompt.fields
    assert (number.min, number.max, text.min_length, text.max_length, text.required) == (0.5, 9, 2, 3, True)
    assert number.visible_if is not None
    assert prompt.as_json() == Prompt.read(prompt.as_json()).as_json()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"title": "{{ n1.long }}"}, '"title" must have at most 200 characters; it has 10001.'),
        ({**ASKED, "description": "{{ n1.long }}"}, '"description" must have at most 10000 characters; it has 10001.'),
        (with_field(label="{{ n1.long }}"), '"fields[0].label" must have at most 500 characters; it has 10001.'),
        (with_field(type="select", options="{{ n1.long }}"), f'"fields[0].options" {LISTED}.'),
        (with_field(type="select", options=["{{ n1.long }}"]), '"fields[0].options" must have values and labels of 1'),
        (with_field(type="number", default="{{ n1.word }}"), '"fields[0].default" must be a number, such as 12.5.'),
        (with_field(type="select", options=["x"], default="{{ n1.word }}"), '"fields[0].default" must be one of the'),
        ({**ASKED, "expires_in_seconds": "{{ n1.seconds }}"}, '"expires_in_seconds" must be between 60 and 31536000;'),
        ({**ASKED, "expires_in_seconds": "{{ n1.word }}"}, "This must come to a number."),
    ],
)
async def test_what_cannot_be_asked_as_it_renders_fails_the_node(settings: JsonObject, message: str) -> None:
    n1: JsonObject = {"long": "x" * 10_001, "word": "many", "seconds": 59}
    assert (await failure_of("interactive_form", settings, n1=n1)).startswith(message)


async def test_a_form_past_the_limit_of_outputs_fails_the_node() -> None:
    options: JsonValue = [f"{number:0200}" for number in range(500)]
    outcome = await outcome_of(
        "interactive_form", with_field(type="select", options=options), StepContext(output_bytes=100_000)
    )
    assert isinstance(outcome, Failure)
    assert outcome.message == "The form is larger than 100000 bytes; it needs fewer options or texts."


ANSWER: JsonObject = {
    "button": "yes",
    "values": {"a": 1},
    "submitted_by": "ada",
    "submitted_at": "2026-03-04T05:06:08Z",
}
TWO: JsonObject = {**ASKED, "buttons": [{"id": "yes"}, {"id": "no"}]}


async def test_after_an_answer_the_run_goes_on_by_the_button() -> None:
    outcome = await action("interactive_form", TWO).resume(StepContext(), ANSWER)
    assert outcome == Success(ANSWER, "yes")


async def test_without_an_answer_in_time_the_run_goes_on_as_expired() -> None:
    outcome = await action("interactive_form", TWO).resume(StepContext(), {"due_at": "2026-03-04T05:06:12.000000Z"})
    nothing: JsonObject = {"button": None, "values": {}, "submitted_by": None, "submitted_at": None}
    assert outcome == Success(nothing, "expired")


@pytest.mark.parametrize("button", ["maybe", "••••", None, 7])
async def test_a_button_that_is_not_there_is_no_answer(button: JsonValue) -> None:
    with pytest.raises(Exception, match="by a button that it does not have"):
        await action("interactive_form", TWO).resume(StepContext(), {**ANSWER, "button": button})


def test_the_handles_are_the_buttons_and_two_more() -> None:
    assert action("interactive_form", TWO).handles() == ("yes", "no", "expired", "error")
    assert action("interactive_form", ASKED).handles() == ("submit", "expired", "error")


def test_it_parks_and_changes_nothing_outside() -> None:
    node = action("interactive_form", ASKED)
    assert (node.parks, node.has_effect) == (True, False)
