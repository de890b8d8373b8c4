"""Rules for fields that are refused when they are saved, and those that turn out wrong when a step runs."""

import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemplateError
from app.graph.field_rules import FieldCheck, FieldRules, parse_name
from app.graph.field_rules.setting import MAX_CHARACTERS, MAX_RULES
from app.graph.field_rules.table import RULES
from app.graph.template import StepBudget
from tests.unit.graph.field_settings import failed, fits, refusal

NO_FIT = {
    *("required:x", "nullable:x", "bail:1", "string:x", "list:x", "ip:4", "json:x", "date:Y", "accepted:x"),
    *("min", "min:", "min:x", "min:1,2", "max:x", "size:x", "between:1", "between:5,1", "between:a,b"),
    *("digits", "digits:x", "digits:-1", "digits:1.5", "digits_between:3,2", "array:"),
    *("in", "in:", "not_in", "starts_with", "ends_with:", "same", "same:a,b", "different", "distinct:x", "confirmed:"),
    *("regex", "regex:", "regex:(", "not_regex:/(/", "alpha:latin", "email:dns", "email:x", "uuid:9", "url:1x"),
    *("before", "before:", "before:next monday", "after:2026-02-30", "after:+1 day", "after:a,b", "before:5"),
    *("date_format", "date_format:", "date_format:Q", "date_format:dj", "date_format:" + "-" * 101),
    *("required_if", "required_if:b", "required_unless:b", "required_with", "required_if:b..c,1", "same:."),
    *('in:"a', 'in:"a"b', "in:a\nb"),
}


@pytest.mark.parametrize("written", sorted(NO_FIT))
def test_wrong_parameters_are_refused_by_a_sentence_that_names_the_rule(written: str) -> None:
    name = written.partition(":")[0]

    sentence = refusal([written])

    assert sentence.startswith(f"The rule {name} is written as {RULES[name].usage}; ")
    assert "does not fit." in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "written", ["requird", "REQUIRED", "required|x", "{{ n1.rule }}", "{% if a %}required{% endif %}", ":5"]
)
def test_a_rule_that_there_is_not_is_refused_by_a_sentence_that_lists_those_there_are(written: str) -> None:
    name = written.partition("|")[2] or written.partition(":")[0]

    assert refusal(written) == f'There is no rule "{name}"; there are: {", ".join(sorted(RULES))}.'


@pytest.mark.parametrize("written", [5, None, True, {"a": 1}, [5], [["min", 5]], ["min:5", None]])
def test_what_is_neither_text_nor_list_of_texts_is_refused(written: JsonValue) -> None:
    assert refusal(written) == 'This must be rules such as "required|max:5", or a list of such texts.'


@pytest.mark.parametrize("written", ["", " | ", []])
def test_a_field_needs_a_rule(written: JsonValue) -> None:
    assert refusal(written) == f"A field has 1 to {MAX_RULES} rules; here are 0."


def test_a_field_has_not_too_many_rules_and_not_too_long_ones() -> None:
    assert refusal(["string"] * (MAX_RULES + 1)) == f"A field has 1 to {MAX_RULES} rules; here are {MAX_RULES + 1}."
    assert refusal("in:" + "a" * MAX_CHARACTERS).startswith(f"The rules of a field have at most {MAX_CHARACTERS}")


@pytest.mark.parametrize("written", ["string|regex:/^(a|b)$/", "regex:/a|b/"])
def test_a_pattern_with_a_bar_belongs_into_a_list(written: str) -> None:
    assert refusal(written).endswith(" Where a pattern has a | in it, write the rules as a list.")
    assert fits(["string", "regex:/^(a|b)$/"], "b")


@pytest.mark.parametrize("written", ["required||string", " required | string ", "required|string|"])
def test_blanks_around_rules_and_empty_ones_are_nothing(written: str) -> None:
    assert fits(written, "x")
    assert not fits(written, "")


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", "a\\", "a." * 40 + "a", "a" * 256])
def test_a_name_that_names_no_field_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_name(name)


def test_parameters_may_be_templates() -> None:
    assert failed({"a": "min:{{ n1.least }}|max:{{ n1.least | plus: 2 }}"}, {"a": 3}, n1={"least": 4}) == [("a", "min")]
    assert failed({"a": "min:{{ n1.least }}|max:{{ n1.least | plus: 2 }}"}, {"a": 7}, n1={"least": 4}) == [("a", "max")]
    assert failed({"a": "in:x,{{ n1.last }}"}, {"a": "z"}, n1={"last": "z"}) == []


@pytest.mark.parametrize("allowed", [["a", "b,c"], 'a,"b,c"'])
def test_a_template_may_come_to_all_parameters_at_once(allowed: JsonValue) -> None:
    assert failed({"a": "in:{{ n1 }}"}, {"a": "b,c"}, n1=allowed) == []
    assert failed({"a": "in:{{ n1 }}"}, {"a": "b"}, n1=allowed) == [("a", "in")]


def test_what_a_template_comes_to_adds_no_rule() -> None:
    assert failed({"a": "in:{{ n1 }}"}, {"a": None}, n1="x|nullable") == [("a", "in")]


@pytest.mark.parametrize(
    ("written", "value", "message"),
    [
        ("min:{{ n1 }}", "x", 'The rule min is written as min:number; "min:{{ n1 }}" does not fit.'),
        ("min:{{ n1 }}", None, 'The rule min is written as min:number; "min:{{ n1 }}" does not fit.'),
        ("min:{{ n1 }}", {"a": 1}, 'The rule min is written as min:number; "min:{{ n1 }}" does not fit.'),
        ("alpha:{{ n1 }}", None, 'The rule alpha is written as alpha, or alpha:ascii; "alpha:{{ n1 }}" does not fit.'),
        ("in:{{ n1 | divided_by: 0 }}", 1, "`divided_by` cannot divide by 0."),
        ("in:{{ n1 }}", {"a": 10**30}, "This value cannot be written as JSON: Integer exceeds 64-bit range."),
        (
            "regex:{{ n1 }}",
            "(",
            (
                'The rule regex is written as regex:/pattern/flags; "regex:{{ n1 }}" does not fit.'
                ' The pattern "(" is not a valid regular expression: missing ) at position 1.'
            ),
        ),
    ],
)
def test_a_template_that_comes_to_wrong_parameters_is_a_failure(written: str, value: JsonValue, message: str) -> None:
    with pytest.raises(PermanentError) as caught:
        failed({"a": written}, {"a": 1}, n1=value)

    assert caught.value.message == message


def test_a_pattern_that_takes_too_long_is_a_failure() -> None:
    with pytest.raises(PermanentError, match="took longer than 100 ms"):
        fits(["regex:(a|aa)+$"], "a" * 60 + "b")


def test_checking_ends_with_the_time_of_its_step() -> None:
    ticks = iter(range(1_000_000))
    check = FieldCheck({"*": FieldRules("integer")}, [1] * 10_000)

    with pytest.raises(TemplateError, match="took longer than"):
        check.render({}, StepBudget(lambda: next(ticks), seconds=5))


def test_templates_of_rules_are_known() -> None:
    rules = FieldRules(["min:{{ n1.least }}", "required", "max:{{ n2 }}"])

    assert {read.root for read in rules.reads} == {"n1", "n2"}
    assert not rules.is_static
    assert FieldRules("min:1").is_static
