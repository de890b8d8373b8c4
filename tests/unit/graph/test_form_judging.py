"""What a form makes of all that was entered: which fields there are, and every fault at once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps
from app.graph.form.judging import Judged, defaults, has_rules, judge, pressed
from app.graph.form.prompt import Prompt
from app.graph.form.reading import FaultError

NOW = "2026-03-04T05:06:07.000000Z"


def rule(kind: str, read: str, operator: str, value: JsonValue = None) -> dict[str, JsonValue]:
    return {"type": kind, "input": f"{{{{ {read} }}}}", "operator": operator, "value": value}


def prompt(*fields: dict[str, Any], buttons: tuple[str, ...] = ("ok",)) -> Prompt:
    named = [{"label": field["name"].upper(), "type": "text", **field} for field in fields]
    return Prompt.read({"title": "A", "fields": named, "buttons": [{"id": one, "label": one} for one in buttons]})


OTHER = prompt(
    {"name": "kind", "type": "select", "options": [{"value": "a", "label": "A"}, {"value": "other", "label": "B"}]},
    {"name": "which", "required": True, "visible_if": rule("string", "values.kind", "equals", "other")},
    {"name": "why", "visible_if": rule("string", "values.which", "is_not_empty")},
)


def judged(form: Prompt, **entered: JsonValue) -> Judged:
    return judge(form, entered, NOW)


def test_a_field_whose_rule_does_not_hold_is_neither_required_nor_kept() -> None:
    found = judged(OTHER, kind="a", which="dropped", why="dropped too")
    assert (found.values, found.faults) == ({"kind": "a"}, {})
    assert found.visible == {"kind"}


def test_a_field_whose_rule_holds_is_asked_for() -> None:
    found = judged(OTHER, kind="other")
    assert found.faults == {"values.which": "is required"}
    assert found.visible == {"kind", "which"}


def test_what_is_hidden_lets_nothing_depend_on_it() -> None:
    assert judged(OTHER, kind="a", which="there").visible == {"kind"}
    assert judged(OTHER, kind="other", which="there").visible == {"kind", "which", "why"}


def test_rules_see_values_with_their_types() -> None:
    form = prompt(
        {"name": "amount", "type": "number"},
        {"name": "reason", "visible_if": rule("number", "values.amount", "greater_than", 100)},
    )
    assert judged(form, amount="1e3").visible == {"amount", "reason"}
    assert judged(form, amount="20").visible == {"amount"}


@pytest.mark.parametrize("amount", [None, "", "many", [1]])
def test_a_rule_that_cannot_be_applied_does_not_hold(amount: JsonValue) -> None:
    form = prompt(
        {"name": "amount", "type": "number"},
        {"name": "reason", "visible_if": rule("number", "values.amount", "less_than", 100)},
    )
    assert judged(form, amount=amount).visible == {"amount"}


def test_a_rule_may_ask_what_time_it_is() -> None:
    form = prompt({"name": "late", "visible_if": rule("date", "now", "after", "2026-01-01")})
    assert judged(form).visible == {"late"}
    assert judge(form, {}, "2025-12-31T00:00:00Z").visible == set()


def test_every_fault_is_named_at_once() -> None:
    form = prompt({"name": "a", "required": True}, {"name": "b", "type": "number"}, {"name": "c", "type": "date"})
    assert judged(form, b="x", c="2026-01-15", d=1, e=2).faults == {
        "values.d": "is not a field of this form",
        "values.e": "is not a field of this form",
        "values.a": "is required",
        "values.b": "must be a number, such as 12.5",
    }


def test_what_was_not_entered_is_null_and_a_box_false() -> None:
    form = prompt({"name": "a"}, {"name": "b", "type": "checkbox"})
    assert judged(form).values == {"a": None, "b": False}


def test_a_default_is_what_stands_there_first() -> None:
    assert defaults(prompt({"name": "a", "default": "x"}, {"name": "b"})) == {"a": "x", "b": None}


def test_a_form_says_whether_it_has_rules() -> None:
    assert has_rules(OTHER)
    assert not has_rules(prompt({"name": "a"}))


def test_the_only_button_need_not_be_named() -> None:
    assert pressed(prompt(), None).id == "ok"
    assert pressed(prompt(buttons=("yes", "no")), "no").id == "no"


@pytest.mark.parametrize(("buttons", "button"), [(("yes", "no"), None), (("yes", "no"), "maybe"), (("yes",), "")])
def test_a_button_that_is_not_there_is_refused(buttons: tuple[str, ...], button: str | None) -> None:
    with pytest.raises(FaultError, match=f"must be one of: {', '.join(buttons)}"):
        pressed(prompt(buttons=buttons), button)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["1", "on", "2026-01-15", "a@b.c"]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
EVERY = prompt(
    *({"name": kind, "type": kind} for kind in ("text", "textarea", "email", "number", "checkbox", "date")),
    {"name": "select", "type": "select", "options": [{"value": "1", "label": "One"}]},
    *(
        {"name": f"if_{kind}", "visible_if": rule(kind, f"values.{read}", operator, value)}
        for kind, read, operator, value in (
            ("string", "textarea", "regex", "^(a+)+$"),
            ("number", "number", "less_than", 5),
            ("boolean", "checkbox", "is_true", None),
            ("date", "date", "is_past", None),
            ("array", "values", "is_empty", None),
        )
    ),
)


@settings(deadline=None, max_examples=200)
@given(entered=st.dictionaries(st.sampled_from([field.name for field in EVERY.fields]) | TEXTS, JSON, max_size=8))
def test_whatever_is_entered_there_are_values_and_faults_and_nothing_else(entered: dict[str, JsonValue]) -> None:
    found = judge(EVERY, entered, NOW)
    dumps(found.values)
    assert set(found.values) <= {field.name for field in EVERY.fields}
    assert all(place.startswith("values.") and fault for place, fault in found.faults.items())
    if not found.faults:
        assert judge(EVERY, found.values, NOW) == found
