"""Whatever a setting and the context hold: a result or a `TemplateError`, never anything else."""

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps, loads
from app.graph.errors import TemplateError
from app.graph.template import BodyTemplate, NumberTemplate, StepBudget, Template, TextTemplate, ValueTemplate
from app.graph.template.filters import FILTERS
from tests.unit.template.rendering import NOW
from tests.unit.template.strategies import json_values

TAGS = [
    *("if", "elsif", "else", "endif", "for x in", "endfor", "case", "when", "endcase", "unless", "endunless", "cycle"),
    *(
        "tablerow x in",
        "endtablerow",
        "increment",
        "decrement",
        "liquid",
        "echo",
        "raw",
        "endraw",
        "comment",
        "endcomment",
    ),
    *("#", "break", "continue", "ifchanged", "endifchanged", "assign z =", "capture z", "endcapture"),
]
MARKS = [
    *("{{", "}}", "{%", "%}", "{{-", "-%}", "|", ":", ",", "=", "==", "<", "and", "contains", "limit:", "reversed"),
    *('"', "{", "}", "[", "]", "\\", "-", "ü", "\ud800", "\x00", "\n", " "),
]
VALUES = [
    *("a", "b.c", "a[0]", "a['x']", "n[b]", "x", "z", "'x'", '"y"', "1", "2.5", "(1..3)", "(a..b)", "empty", "blank"),
    *("nil", "true", "forloop.index", "now", "vault"),
]
WORDS = st.sampled_from([*TAGS, *MARKS, *VALUES, *FILTERS])

ARGUMENTS = st.sampled_from(
    ["a", "b", "'x'", "1", "-1", "2.5", "nil", "(1..3)", "empty", "true", "99999999999999999999", "'7'"]
)

ROOTS = st.fixed_dictionaries({"a": json_values, "b": json_values, "n": json_values})


def results(template: Template[object], roots: dict[str, JsonValue]) -> list[object]:
    """Render twice, each time within a budget of its own."""
    made: list[object] = []
    for _ in range(2):
        try:
            made.append(template.render({"now": NOW, **roots}, StepBudget(lambda: 0.0)))
        except TemplateError as error:
            made.append((error.message, error.line, error.column))
    return made


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(), ROOTS)
@example("{{ '\ud800' | base64_encode }}", {})
@example("{% tablerow x in a cols: b %}{{ x }}{% endtablerow %}", {"a": [1], "b": {}})
def test_any_text_is_rendered_or_refused_and_always_in_the_same_way(source: str, roots: dict[str, JsonValue]) -> None:
    for kind in (TextTemplate, ValueTemplate, BodyTemplate, NumberTemplate):
        with suppress(TemplateError):
            first, second = results(kind(source), roots)
            assert repr(first) == repr(second)


@given(
    st.sampled_from(sorted(FILTERS)),
    st.lists(ARGUMENTS, max_size=3),
    st.sampled_from(["a", "(1..4)", "empty", "'now'", "b"]),
    ROOTS,
)
def test_any_filter_over_any_value_gives_json_or_a_refusal(
    name: str, arguments: list[str], left: str, roots: dict[str, JsonValue]
) -> None:
    listed = f": {', '.join(arguments)}" if arguments else ""
    for source in (f"{{{{ {left} | {name}{listed} }}}}", f"= {{{{ {left} | {name}{listed} }}}}"):
        with suppress(TemplateError):
            first, second = results(ValueTemplate(source), roots)
            assert repr(first) == repr(second)
            loads(dumps(first))


@given(json_values)
def test_any_json_is_a_value_and_a_body(source: JsonValue) -> None:
    with suppress(TemplateError):
        ValueTemplate(source).render({}, StepBudget())
    if isinstance(source, str | list | dict):
        with suppress(TemplateError):
            rendered = BodyTemplate(source).render({}, StepBudget())
            if rendered.is_json:
                loads(rendered.content)
