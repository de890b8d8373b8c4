"""The kinds of templates: what each renders to, what it refuses, how it is compared and copied."""

import copy
from collections import UserList
from types import MappingProxyType

import pytest
from hypothesis import given

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import (
    BodyTemplate,
    NumberTemplate,
    Template,
    TextTemplate,
    ValueTemplate,
)
from tests.factories.budgets import standing_budget
from tests.unit.template.rendering import Exhausted, text, value
from tests.unit.template.strategies import json_values

ROOTS: dict[str, JsonValue] = {
    "n1": {"id": 7, "name": "Ada", "on": True, "rate": 2.5, "list": [1, {"a": None}], "none": None},
    "user": UserList([1, UserList([2])]),
    "frozen": MappingProxyType({"a": MappingProxyType({"b": 1})}),
}


class TestTextTemplate:
    @pytest.mark.parametrize(
        ("source", "output"),
        [
            ("plain { text } %}", "plain { text } %}"),
            ("Hello {{ n1.name }}!", "Hello Ada!"),
            ("{{ n1.id }}", "7"),
            ("{{ n1.on }}{{ n1.rate }}{{ n1.none }}{{ n1.missing }}", "true2.5"),
            ("{{ n1.list }}", '[1,{"a":null}]'),
            ("{{ frozen }}", '{"a":{"b":1}}'),
            ("{{ user }}{{ user[0] }}{% for x in user %}{{ x }}{% endfor %}", "[1,[2]]11[2]"),
            ("{% if n1.on %}yes{% endif %}", "yes"),
            ("", ""),
        ],
    )
    def test_renders_to_text(self, source: str, output: str) -> None:
        assert text(source, ROOTS) == output

    def test_a_text_without_templates_is_static_and_needs_no_budget(self) -> None:
        template = TextTemplate("plain")
        assert template.is_static
        assert template.render({}, Exhausted()) == "plain"

    def test_a_text_with_templates_is_not_static(self) -> None:
        assert not TextTemplate("{{ x }}").is_static
        assert not TextTemplate("{% comment %}{% endcomment %}").is_static


class TestValueTemplate:
    @pytest.mark.parametrize(
        ("source", "output"),
        [
            ("{{ n1.list }}", [1, {"a": None}]),
            ("{{ n1.id }}", 7),
            ("{{ n1.on }}", True),
            ("{{- n1.rate -}}", 2.5),
            ("  {{- n1.rate -}}\n", 2.5),
            ("{{ n1.missing }}", None),
            ("{{ empty }}", None),
            ("{{ blank }}", None),
            ("{{ 'a' }}", "a"),
            ("{{ (2..4) }}", [2, 3, 4]),
            ("{{ n1.list | size }}", 2),
            ("{{ n1.list | json }}", '[1,{"a":null}]'),
            ("{{ frozen.first }}", ["a", {"b": 1}]),
            (" {{ n1.id }}", " 7"),
            ("{{ n1.id }}{{ n1.id }}", "77"),
            ("{% if n1.on %}{{ n1.id }}{% endif %}", "7"),
            ("{% assign x = n1.id %}{{ x }}", "7"),
            ("plain", "plain"),
            (12, 12),
            (None, None),
            (False, False),
            (
                {"{{ n1.id }}": "{{ n1.id }}", "b": ["{{ n1.list }}", "id {{ n1.id }}", 1.5, None], "c": {"d": "x"}},
                {"{{ n1.id }}": 7, "b": [[1, {"a": None}], "id 7", 1.5, None], "c": {"d": "x"}},
            ),
        ],
    )
    def test_keeps_types_where_a_text_is_one_expression(self, source: JsonValue, output: JsonValue) -> None:
        assert value(source, ROOTS) == output

    def test_a_made_json_text_is_an_ordinary_text(self) -> None:
        assert type(value("{{ n1 | json }}", ROOTS)) is str

    @given(json_values)
    def test_a_lone_expression_gives_the_very_value(self, given_value: JsonValue) -> None:
        rendered = value("{{ x }}", {"x": given_value})
        assert repr(rendered) == repr(given_value)

    @given(json_values.filter(lambda given_value: "{" not in repr(given_value)))
    def test_a_value_without_templates_is_itself(self, given_value: JsonValue) -> None:
        template = ValueTemplate(given_value)
        assert template.is_static
        assert template.render({}, Exhausted()) is given_value

    @given(json_values, json_values)
    def test_values_stand_where_their_templates_stood(self, one: JsonValue, other: JsonValue) -> None:
        rendered = value({"a": ["{{ x }}"], "b": {"c": "{{ y }}"}}, {"x": one, "y": other})
        assert repr(rendered) == repr({"a": [one], "b": {"c": other}})

    @pytest.mark.parametrize("source", ["{{ x | times: x }}", "{{ x | times: x | times: -1 }}"])
    def test_a_number_past_64_bits_is_refused_as_a_number(self, source: str) -> None:
        with pytest.raises(TemplateError) as caught:
            value(source, {"x": 2**33})
        assert caught.value.message == "A number past 64 bits cannot be kept as a number; render it within a text."
        assert value("= " + source, {"x": 2**33}) == f"= {2**66 if '-1' not in source else -(2**66)}"

    @pytest.mark.parametrize("number", [2**64 - 1, -(2**63)])
    def test_a_number_of_64_bits_is_kept(self, number: int) -> None:
        assert value("{{ x }}", {"x": number}) == number

    @pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
    def test_a_number_just_past_64_bits_is_refused(self, number: int) -> None:
        with pytest.raises(TemplateError):
            value("{{ x }}", {"x": number})

    @pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
    @pytest.mark.parametrize("source", ["{{ x }}", "= {{ x }}", "{{ x | plus: 1 }}"])
    def test_a_number_that_is_none_is_refused(self, source: str, number: float) -> None:
        with pytest.raises(TemplateError):
            value(source, {"x": number})

    def test_a_literal_past_what_a_decimal_can_be_is_refused(self) -> None:
        with pytest.raises(TemplateError) as caught:
            value("{{ " + "9" * 400 + ".0 }}")
        assert caught.value.message == "A number grew past what can be written down."

    @pytest.mark.parametrize(
        ("source", "message", "line", "column"),
        [
            (
                {"a": {"b": ["x", "{{ x"]}},
                "In a.b[1]: The template cannot be read: '{{' is never closed by '}}'.",
                1,
                1,
            ),
            (["\n{{ x | y }}"], "In [0]: There is no filter `y`.", 2, 8),
            ("{{ x | y }}", "There is no filter `y`.", 1, 8),
        ],
    )
    def test_a_fault_names_the_place_in_the_value(
        self, source: JsonValue, message: str, line: int, column: int
    ) -> None:
        with pytest.raises(TemplateError) as caught:
            ValueTemplate(source)
        assert (caught.value.message, caught.value.line, caught.value.column) == (message, line, column)

    def test_a_fault_while_rendering_names_the_place_in_the_value(self) -> None:
        with pytest.raises(TemplateError) as caught:
            value({"a": ["{{ 1 | divided_by: 0 }}"]})
        assert caught.value.message == "In a[0]: `divided_by` cannot divide by 0."
        assert (caught.value.line, caught.value.column) == (1, 8)


class TestNumberTemplate:
    @pytest.mark.parametrize(
        ("source", "number"),
        [
            (5, 5),
            (1.5, 1.5),
            ("10", 10),
            (" 2.50 ", 2.5),
            ("1e3", 1000.0),
            ("{{ n1.id }}", 7),
            ("{{ n1.rate }}", 2.5),
            ("{{ n1.id }}0", 70),
            ("{% if n1.on %} 3 {% endif %}", 3),
            ("{{ '4' }}", 4),
        ],
    )
    def test_comes_to_a_number(self, source: float | str, number: float) -> None:
        rendered = NumberTemplate(source).render(ROOTS, standing_budget())
        assert (rendered, type(rendered)) == (number, type(number))

    @pytest.mark.parametrize("source", ["ten", "", "nan", "1e999", "1_0", "0x10"])
    def test_a_text_that_is_no_number_is_refused_at_once(self, source: str) -> None:
        with pytest.raises(TemplateError) as caught:
            NumberTemplate(source)
        assert caught.value.message == "This must come to a number."

    @pytest.mark.parametrize(
        "source", ["{{ n1.name }}", "{{ n1.on }}", "{{ n1.list }}", "{{ n1.missing }}", "{{ n1.id }}x"]
    )
    def test_a_template_that_comes_to_none_is_refused_when_rendered(self, source: str) -> None:
        template = NumberTemplate(source)
        with pytest.raises(TemplateError) as caught:
            template.render(ROOTS, standing_budget())
        assert caught.value.message == "This must come to a number."

    def test_a_number_past_64_bits_is_refused(self) -> None:
        with pytest.raises(TemplateError):
            NumberTemplate(str(2**64))

    def test_static_numbers_need_no_budget(self) -> None:
        template = NumberTemplate("10")
        assert template.is_static
        assert template.render({}, Exhausted()) == 10


ALL_KINDS: list[tuple[type[Template[object]], JsonValue, JsonValue]] = [
    (TextTemplate, "{{ a }}", "{{ b }}"),
    (ValueTemplate, {"x": ["{{ a }}", 1]}, {"x": ["{{ a }}", True]}),
    (ValueTemplate, 1, 1.0),
    (ValueTemplate, 1, True),
    (BodyTemplate, {"x": "{{ a }}"}, {"y": "{{ a }}"}),
    (NumberTemplate, 1, 1.0),
]


@pytest.mark.parametrize(("kind", "source", "other"), ALL_KINDS)
def test_templates_are_equal_by_kind_and_source(
    kind: type[Template[object]], source: JsonValue, other: JsonValue
) -> None:
    template = kind.of(source)
    assert template == kind.of(source)
    assert hash(template) == hash(kind.of(source))
    assert template != kind.of(other)
    assert template != source
    assert template.source == source
    assert repr(template) == f"{kind.__name__}({source!r})"


def test_templates_of_different_kinds_are_not_equal() -> None:
    assert TextTemplate("a") != ValueTemplate("a")


@pytest.mark.parametrize(("kind", "source", "_other"), ALL_KINDS)
def test_a_copy_of_a_template_is_itself(kind: type[Template[object]], source: JsonValue, _other: JsonValue) -> None:
    template = kind.of(source)
    assert copy.copy(template) is template
    assert copy.deepcopy([template])[0] is template
