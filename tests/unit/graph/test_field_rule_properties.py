from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps
from app.graph.errors import PermanentError, TemplateError
from app.graph.field_rules import FieldCheck, FieldRules, parse_name
from app.graph.field_rules.table import RULES
from app.graph.input_fault import MAX_FAULTS
from tests.factories.budgets import standing_budget
from tests.unit.graph.field_settings import NOW, fits
from tests.unit.graph.test_condition_properties import JSON

PARAMETERS = st.sampled_from(
    ["", "1", "1,3", "a", "b,1", "a.b", "*", "x", "Y-m-d", "/a|b/i", "(", "2026-01-01", "{{ x }}", "{{", "today", '"']
) | st.text(max_size=5)
RULE = st.sampled_from(sorted(RULES)) | st.builds(
    lambda name, parameters: f"{name}:{parameters}", st.sampled_from(sorted(RULES)), PARAMETERS
)
WRITTEN = st.lists(RULE | st.text(max_size=5), max_size=4) | st.lists(RULE, max_size=4).map("|".join)
NAMES = st.sampled_from(["a", "a.b", "a.*", "*", "*.a", "a.*.b", "a.0", "b", "a.*.*"]) | st.text(max_size=4)
VALUES = st.recursive(
    JSON | st.sampled_from(["2026-01-01", "a@b.c", "10", "1.5", "yes", "", " ", "31/12/2026"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab*"), inner, max_size=3),
    max_leaves=10,
)


def bound(rules: dict[str, list[str] | str]) -> dict[str, FieldRules]:
    """Leave out what would be refused."""
    kept = {}
    for name, written in rules.items():
        try:
            parse_name(name)
            kept[name] = FieldRules(written)
        except (ValueError, TemplateError) as error:
            assert str(error).endswith(".")  # noqa: PT017 -- either is right
    return kept


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(NAMES, WRITTEN, max_size=4), VALUES, JSON)
def test_any_rules_are_refused_or_say_what_is_wrong_with_any_value(
    rules: dict[str, list[str] | str], value: JsonValue, parameter: JsonValue
) -> None:
    try:
        faults = FieldCheck(bound(rules), value).render({"x": parameter, "now": NOW}, standing_budget())
    except PermanentError as error:
        assert error.message.endswith(".")  # noqa: PT017 -- either is right
        return
    assert len(faults) <= MAX_FAULTS
    assert all(fault.rule in RULES and fault.message[-1] in ".…" for fault in faults)
    dumps([fault._asdict() for fault in faults])


def is_missing(value: JsonValue) -> bool:
    return value in (None, [], {}) or (isinstance(value, str) and value.strip() == "")


@given(VALUES)
def test_required_agrees_with_an_obvious_reference(value: JsonValue) -> None:
    assert fits("required", value) is not is_missing(value)


@given(st.integers(-50, 50) | st.floats(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_bounds_of_numbers_agree_with_python(value: float, one: int, two: int) -> None:
    least, most = sorted((one, two))
    for given_value in (value, repr(value)):
        assert fits(f"numeric|min:{least}", given_value) is (value >= least)
        assert fits(f"numeric|max:{most}", given_value) is (value <= most)
        assert fits(f"numeric|between:{least},{most}", given_value) is (least <= value <= most)
        assert fits(f"numeric|size:{least}", given_value) is (value == least)


@given(st.text(min_size=1, max_size=6).filter(str.strip) | st.lists(st.integers(), max_size=6), st.integers(0, 6))
def test_bounds_of_texts_and_lists_agree_with_their_length(value: str | list[int], bound_at: int) -> None:
    assert fits(f"min:{bound_at}", value) is (len(value) >= bound_at)
    assert fits(f"max:{bound_at}", value) is (len(value) <= bound_at)
    assert fits(f"size:{bound_at}", value) is (len(value) == bound_at)


WORD = st.text("abc", min_size=1, max_size=2)


@given(WORD | st.integers(0, 20), st.lists(WORD | st.integers(0, 20).map(str), min_size=1, max_size=5))
def test_in_agrees_with_python(value: str | int, listed: list[str]) -> None:
    assert fits(f"in:{','.join(listed)}", value) is (str(value) in listed)
    assert fits(f"not_in:{','.join(listed)}", value) is (str(value) not in listed)


@given(st.lists(st.integers(0, 4) | st.sampled_from("ab"), max_size=5))
def test_distinct_agrees_with_a_set(values: list[JsonValue]) -> None:
    assert fits("distinct", values) is (len(set(map(str, values))) == len(values))
