"""Bodies that are JSON with templates in them: no value breaks out of its place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps, loads
from app.graph.errors import TemplateError
from app.graph.template import RenderedBody
from tests.unit.template.rendering import body, text
from tests.unit.template.strategies import json_values

HOSTILE = '","admin":true,"x":"'


@given(json_values, st.text())
def test_outside_quotes_a_value_is_the_value(given_value: JsonValue, key: str) -> None:
    source = f'{{% raw %}}{{{dumps(key)}{{% endraw %}}: {{{{ x }}}}, "list": [{{{{ x }}}}, {{{{ x }}}}]}}'
    rendered = body(source, {"x": given_value})
    assert rendered.is_json
    assert repr(loads(rendered.content)) == repr(loads(dumps({key: given_value, "list": [given_value] * 2})))


@given(json_values)
def test_inside_quotes_a_value_is_its_text(given_value: JsonValue) -> None:
    rendered = body('{"a": "{{ x }}", "{{ x }}b": ["<{{ x }}>{{ x }}"]}', {"x": given_value})
    as_text = text("{{ x }}", {"x": given_value})
    assert rendered.is_json
    assert loads(rendered.content) == {"a": as_text, f"{as_text}b": [f"<{as_text}>{as_text}"]}


@given(st.lists(json_values, max_size=5), st.booleans())
def test_loops_and_branches_give_json_over_any_values(items: list[JsonValue], flag: bool) -> None:  # noqa: FBT001 -- hypothesis hands it in
    source = (
        '{"items": [{% for i in items %}{"v": {{ i }}, "t": "{{ i }}"}'
        "{% unless forloop.last %}, {% endunless %}{% endfor %}]"
        '{% if flag %}, "flag": "{% if items[0] %}{{ items[0] }}{% else %}\\"none\\"{% endif %}"{% endif %}}'
    )
    rendered = body(source, {"items": items, "flag": flag})
    first = items[0] if items else None
    shown = '"none"' if first is None or first is False else text("{{ x }}", {"x": first})
    expected = {
        "items": [{"v": loads(dumps(item)), "t": text("{{ x }}", {"x": item})} for item in items],
        **({"flag": shown} if flag else {}),
    }
    assert rendered.is_json
    assert repr(loads(rendered.content)) == repr(expected)


@given(st.text(alphabet='{}[]:,"\\ 1a-', max_size=20), json_values)
def test_what_is_called_json_is_json(static: str, given_value: JsonValue) -> None:
    for source in (static + "{{ x }}", static + "{{ x }}" + static[::-1], static + "{% if x %}{{ x }}{% endif %}}"):
        with suppress(TemplateError):
            rendered = body(source, {"x": given_value})
            if rendered.is_json:
                loads(rendered.content)


PUBLISHED = '{"message": "Welcome!", "run_id": "{{ n1.run_id }}"}'

ROOTS: dict[str, JsonValue] = {
    "n1": {"run_id": "fl_run_01", "hostile": HOSTILE, "n": 5, "flag": True, "object": {"a": [1]}, "empty": []},
    "keys": ["a", "b"],
}


@pytest.mark.parametrize(
    ("source", "content"),
    [
        (PUBLISHED, '{"message": "Welcome!", "run_id": "fl_run_01"}'),
        ('{"n": {{ n1.n }}, "o": {{ n1.object }}, "m": {{ n1.missing }}}', '{"n": 5, "o": {"a":[1]}, "m": null}'),
        ('{"s": {{ n1.run_id }}}', '{"s": "fl_run_01"}'),
        ('{"o": {{ n1.object | json }}, "q": "{{ n1.object | json }}"}', '{"o": {"a":[1]}, "q": "{\\"a\\":[1]}"}'),
        ('{"o": {{ n1.object | json | append: "" }}}', '{"o": "{\\"a\\":[1]}"}'),
        ("{ {{ n1.run_id }}: 1}", '{ "fl_run_01": 1}'),
        ('"{{ n1.run_id }}"', '"fl_run_01"'),
        ('["a\\"{{ n1.n }}", "b\\\\{{ n1.n }}"]', '["a\\"5", "b\\\\5"]'),
        ('{"a": "{% capture x %}say "{{ n1.n }}"{% endcapture %}{{ x }}"}', '{"a": "say \\"5\\""}'),
        ('{% capture x %}"{% endcapture %}{"a": {{ x }}}', '{"a": "\\""}'),
        ('{"a": "{% cycle n1.hostile, 1 %}", "b": {% cycle n1.n, 1 %}}', None),
        (
            '{"i": [{% increment i %}, {% increment i %}, {% decrement d %}], "s": "{% increment i %}"}',
            '{"i": [0, 1, -1], "s": "2"}',
        ),
        ('{"e": {% echo n1.n %}, "s": "{% echo n1.hostile %}"}', None),
        ('{"a": "{% ifchanged %}{{ n1.hostile }}{% endifchanged %}"}', '{"a": "\\",\\"admin\\":true,\\"x\\":\\""}'),
        ('{"a": {% ifchanged %}{{ n1.n }}{% endifchanged %}}', '{"a": "5"}'),
        ('{"a": "{% tablerow k in keys limit: 1 %}{{ k }}{% endtablerow %}"}', None),
        ('{% if n1.flag %}{"a": 1}{% else %}{"b": 2}{% endif %}', '{"a": 1}'),
        ('{"a": {% if n1.flag %}{{ n1.n }}{% else %}null{% endif %}}', '{"a": 5}'),
        ('{"a": {% unless n1.flag %}1{% else %}true{% endunless %}}', '{"a": true}'),
        ('{"a": "{% if n1.flag %}x"{% else %}y"{% endif %}}', None),
        ('[{% for k in keys %}"{{ k }}",{% endfor %}null]', '["a","b",null]'),
        ('{"a": {% case n1.n %}{% when 5 %}"five"{% else %}-1.5e3{% endcase %}}', '{"a": "five"}'),
        ('{% comment %} " {% endcomment %}{"a": {{ n1.n }}}', '{"a": 5}'),
        ('{% liquid assign x = n1.n %}{"a": {{ x }}}', '{"a": 5}'),
        ("[{% for k in keys limit: 1 %}{{ forloop }}, {{ forloop | reverse | json }}{% endfor %}]", "[null, [null]]"),
        (' {\n "a" : {{ n1.n }} }\n', ' {\n "a" : 5 }\n'),
        ("[{% for k in n1.empty %}{{ k }}{% endfor %}]", "[]"),
    ],
)
def test_json_with_templates_comes_to_json(source: str, content: str | None) -> None:
    rendered = body(source, ROOTS)
    assert rendered.is_json
    assert content is None or rendered.content.decode() == content
    assert "admin" not in str(list(keys_of(loads(rendered.content))))


def keys_of(given_value: object) -> list[object]:
    """Return the keys of an object and all below it."""
    if isinstance(given_value, dict):
        return [*given_value, *(key for item in given_value.values() for key in keys_of(item))]
    return [key for item in given_value for key in keys_of(item)] if isinstance(given_value, list) else []


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("[alert] {{ n1.n }}", "[alert] 5"),
        ('{"a": 1}\n{"b": "{{ n1.n }}"}', '{"a": 1}\n{"b": "5"}'),
        ("{{ n1.n }} {{ n1.n }}", "5 5"),
        ("{% if n1.flag %}{{ n1.run_id }}{% endif %}", "fl_run_01"),
        ("{% if n1.flag %}a{% endif %} {{ n1.n }}", "a 5"),
        ("{% if n1.flag %}[x]{% endif %}", "[x]"),
        ('{% if n1.flag %}{"a": truer}{% endif %}', '{"a": truer}'),
        ("{% if n1.flag %}{ {{ n1.n }} ]{% endif %}", "{ 5 ]"),
        ('{"a\\{{ n1.n }}": 1}', '{"a\\5": 1}'),
        ('{"a": "\\u00{{ n1.n }}"}', '{"a": "\\u005"}'),
        ('{"a": "{{ n1.n }}', '{"a": "5'),
        ('{"a": -{{ n1.n }}x}', '{"a": -5x}'),
    ],
)
def test_a_text_that_is_no_json_stays_text(source: str, content: str) -> None:
    assert body(source, ROOTS) == RenderedBody(content.encode(), is_json=False)


def test_a_text_that_happens_to_come_to_json_says_so() -> None:
    assert body('{"port": 80{{ n1.n }}}', ROOTS) == RenderedBody(b'{"port": 805}', is_json=True)


def test_a_branch_can_leave_the_body_away() -> None:
    assert body('{% if missing %}{"a": 1}{% endif %} ', ROOTS) == RenderedBody(b"", is_json=False)


@pytest.mark.parametrize(
    "source",
    [
        "{ {{ n1.n }}: 1}",
        '{"a": 1{% if n1.flag %},{% endif %}}',
        '[{% for k in keys %}"{{ k }}",{% endfor %}]',
        '{"a": "{% if n1.flag %}\\u00{{ n1.n }}{% endif %}"}',
        '{% if n1.flag %}{"a": {{ n1.n }}}{% endif %}{"b": 1}',
    ],
)
def test_json_that_does_not_come_to_json_is_refused(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        body(source, ROOTS)
    assert caught.value.message == "This body is written as JSON, but with these values it does not come to JSON."


def test_a_value_right_behind_a_backslash_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        body('{"a": "{% if n1.flag %}\\{{ n1.hostile }}{% endif %}"}', ROOTS)
    assert caught.value.message == "In JSON no template can stand right behind a backslash."
    assert (caught.value.line, caught.value.column) == (1, 11)


def test_a_backslash_can_be_parted_from_its_character_by_a_tag() -> None:
    assert body('{"a": "\\{% if n1.flag %}"b{% endif %}"}', ROOTS).content == b'{"a": "\\"b"}'


@pytest.mark.parametrize("source", ['{"a": {{ x | times: x }}}', '{"a": [{{ x | times: x }}]}'])
def test_a_number_past_64_bits_is_refused_in_json(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        body(source, {"x": 2**33})
    assert caught.value.message == "A number past 64 bits cannot be kept as a number; render it within a text."


def test_a_number_past_64_bits_within_a_value_is_refused() -> None:
    with pytest.raises(TemplateError) as caught:
        body({"a": "{{ x }}"}, {"x": {"n": 2**70}})
    assert caught.value.message == "In a: This value cannot be written as JSON: Integer exceeds 64-bit range."


@pytest.mark.parametrize("source", ["{{ x }}", '{"a": "{{ x }}"}', '{"a": {{ x }}}'])
def test_half_a_character_cannot_be_written_as_json(source: str) -> None:
    with pytest.raises(TemplateError) as caught:
        body({"a": source} if source == "{{ x }}" else source, {"x": "\ud83d"})
    assert "cannot be written as JSON" in caught.value.message
