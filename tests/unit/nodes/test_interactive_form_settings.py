"""Settings of forms that are refused when a workflow is saved."""

import pytest

from app.core.json import JsonObject, JsonValue
from tests.factories.steps import action, faults
from tests.unit.nodes.test_interactive_form import ASKED, LISTED, TICKED, with_field

RESERVED = "every form has a handle of that name already."


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"title": '"title" is required.'}),
        ({"title": {}}, {"title": '"title" must be text, a number, true or false; it is an object.'}),
        ({**ASKED, "description": 5}, {"description": '"description" must be a text; it is 5.'}),
        ({**ASKED, "fields": {}}, {"fields": '"fields" must be a list; it is an object.'}),
        ({**ASKED, "buttons": []}, {"buttons": '"buttons" needs at least one button, or is left out.'}),
        (
            {**ASKED, "buttons": [{"id": "a"}, {"id": "b"}, {"id": "a"}]},
            {"buttons": "Each button needs an id of its own; used more than once: a."},
        ),
        ({**ASKED, "buttons": [{"id": ""}]}, {"buttons[0].id": '"buttons[0].id" must not be empty.'}),
        *(
            ({**ASKED, "buttons": [{"id": name}]}, {"buttons[0].id": f'No button can have the id "{name}": {RESERVED}'})
            for name in ("expired", "error", "default")
        ),
        (
            {**ASKED, "expires_in_seconds": 59},
            {"expires_in_seconds": '"expires_in_seconds" must be between 60 and 31536000; it comes to 59.'},
        ),
        (
            {**ASKED, "expires_in_seconds": 34560000},
            {"expires_in_seconds": '"expires_in_seconds" must be between 60 and 31536000; it comes to 34560000.'},
        ),
        (
            {**ASKED, "fields": [{"name": "a"}, {"name": "a"}]},
            {"fields": "Each field needs a name of its own; used more than once: a."},
        ),
        (
            with_field(name="a b"),
            {
                "fields[0].name": '"name" must be up to 64 letters, digits, _ and -, and begin with a letter or _;'
                ' it is the text "a b".'
            },
        ),
        (
            with_field(type="radio"),
            {
                "fields[0].type": "\"fields[0].type\" must be 'text', 'textarea', 'email', 'number', 'select',"
                " 'checkbox' or 'date'; it is the text \"radio\"."
            },
        ),
        (
            with_field(type="select"),
            {"fields[0].options": '"options" is required: a select field offers a list of them.'},
        ),
        (with_field(type="select", options="x"), {"fields[0].options": f'"options" {LISTED}.'}),
        (with_field(type="select", options=[True]), {"fields[0].options": f'"options" {LISTED}.'}),
        (with_field(type="select", options=[{"label": "x"}]), {"fields[0].options": f'"options" {LISTED}.'}),
        (
            with_field(type="select", options=[]),
            {"fields[0].options": '"options" must have between 1 and 500 options; it has 0.'},
        ),
        (
            with_field(type="select", options=["a", {"value": "a"}]),
            {"fields[0].options": '"options" must have each value once; more than once: a.'},
        ),
        (
            with_field(options=["a"]),
            {"fields[0].options": '"options" is for fields of these types only: select.'},
        ),
        (with_field(min=1), {"fields[0].min": '"min" is for fields of these types only: number, date.'}),
        (
            with_field(type="date", max_length=1),
            {"fields[0].max_length": '"max_length" is for fields of these types only: text, textarea, email.'},
        ),
        (with_field(type="number", min="1"), {"fields[0].min": '"min" must be a number.'}),
        (with_field(type="number", max=True), {"fields[0].max": '"max" must be a number.'}),
        (with_field(type="date", min="soon"), {"fields[0].min": '"min" must be a date such as 2026-01-15.'}),
        (with_field(type="number", min=2, max=1), {"fields[0].max": '"max" must not be less than "min".'}),
        (
            with_field(type="date", min="2026-01-02", max="2026-01-01"),
            {"fields[0].max": '"max" must not be less than "min".'},
        ),
        (
            with_field(min_length=3, max_length=2),
            {"fields[0].max_length": '"max_length" must not be less than "min_length".'},
        ),
        (with_field(min_length=True), {"fields[0].min_length": '"fields[0].min_length" must be a number; it is true.'}),
        (with_field(min_length=0), {"fields[0].min_length": '"fields[0].min_length" must be at least 1; it is 0.'}),
        (with_field(type="number", default="x"), {"fields[0].default": '"default" must be a number, such as 12.5.'}),
        (with_field(type="number", max=1, default=2), {"fields[0].default": '"default" must be at most 1.'}),
        (
            with_field(type="select", options=["a"], default="b"),
            {"fields[0].default": '"default" must be one of the options.'},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: JsonObject, expected: dict[str, str]) -> None:
    assert faults("interactive_form", settings) == expected


@pytest.mark.parametrize(
    ("read", "named"),
    [
        ("{{ n1.x }}", "n1.x"),
        ("{{ vault.key }}", "vault.key"),
        ("{{ trigger.context.a }}", "trigger.context.a"),
        ("{{ values.b }}", "values.b"),
        ("{{ values.later }}", "values.later"),
        ("{{ values.nowhere }}", "values.nowhere"),
    ],
)
def test_whether_a_field_is_shown_depends_on_what_stands_above_it_only(read: str, named: str) -> None:
    rule: JsonObject = {"logic": "and", "rules": [{**TICKED, "input": read}]}
    fields: JsonValue = [{"name": "a"}, {"name": "b", "visible_if": rule}, {"name": "later"}]
    message = (
        f'"fields[1].visible_if" reads {named}; whether a field is shown depends on the fields above it (values.a) and'
        " on now only."
    )
    assert faults("interactive_form", {**ASKED, "fields": fields}) == {"fields": message}


@pytest.mark.parametrize("read", ["{{ values.a }}", '{{ values["a"] }}', "{{ now }}", "{{ values | json }}"])
def test_a_rule_may_read_the_fields_above_and_now(read: str) -> None:
    fields: JsonValue = [{"name": "a"}, {"name": "b", "visible_if": {**TICKED, "input": read}}]
    action("interactive_form", {**ASKED, "fields": fields})


def test_a_rule_over_items_has_them() -> None:
    over: JsonObject = {"type": "string", "input": "{{ item }}", "operator": "equals", "value": "x"}
    rule: JsonObject = {"type": "array", "input": ["{{ values.a }}"], "operator": "any", "value": over}
    action("interactive_form", {**ASKED, "fields": [{"name": "a"}, {"name": "b", "visible_if": rule}]})
