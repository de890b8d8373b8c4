"""The reader of templates: the same parts as the library's own, in linear time, and faults with their place."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from liquid.exceptions import LiquidError
from liquid.lex import get_lexer
from liquid.token import TOKEN_CONTENT, TOKEN_OUTPUT

from app.graph.template.lexer import tokenize
from tests.unit.template.rendering import refusal, text

PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{{-", "-}}", "{%-", "-%}", "if", " x ", "a", "-", "{", "}", "%", "\n", " ", '"', "|", "1"]
)  # fmt: skip

Part = tuple[str, str, int]


def ours(source: str) -> list[Part]:
    return [
        (token.kind, "" if token.kind == TOKEN_OUTPUT else token.value, token.start_index) for token in tokenize(source)
    ]


def of_the_library(source: str) -> list[Part]:
    """Return the library's tokens, with texts that it cuts in two put together again."""
    parts: list[Part] = []
    for token in get_lexer()(source):
        value = "" if token.kind == TOKEN_OUTPUT else token.value
        if parts and token.kind == TOKEN_CONTENT == parts[-1][0]:
            kind, before, start = parts.pop()
            parts.append((kind, before + value, start))
        else:
            parts.append((token.kind, value, token.start_index))
    return parts


# The library cuts a newline off the end of a template, and behind `-}}x` loses it.
@given(st.lists(PIECES, max_size=12).map(lambda pieces: "".join(pieces).rstrip("\n")))
@example("{{\n}}")
def test_parts_are_those_of_the_library_wherever_it_finds_no_fault(source: str) -> None:
    try:
        expected = of_the_library(source)
    except LiquidError:
        return
    try:
        found = ours(source)
    except LiquidError:
        assert not balanced(source), "only what is not closed, or has no name, may be refused here alone"
        return
    assert found == expected


def balanced(source: str) -> bool:
    """Say whether each opening is closed before the next one, and each tag has a name."""
    rest = source
    while (start := min((at for mark in ("{{", "{%") if (at := rest.find(mark)) >= 0), default=-1)) >= 0:
        closing = "}}" if rest[start + 1] == "{" else "%}"
        end = rest.find(closing, start + 2)
        inside = rest[start + 2 : end].strip("-").strip()
        if end < 0 or (closing == "%}" and not inside[:1].isalnum()):
            return False
        rest = rest[end + 2 :]
    return True


RENDERED = [
    ("a {%- comment %} {{ x {% if %} {%- endcomment -%} b", "ab"),
    ("a{% comment %}b{% comment %}c{% endcomment %}d{% endcomment %}e", "ae"),
    ("a{% # note {{ x %}b", "ab"),
    ("a {%- # note -%} b", "ab"),
    ("{% raw %}{{ x }}{% if %}{% endraw %}!", "{{ x }}{% if %}!"),
    ("a {%- raw -%} b {%- endraw -%} c", "abc"),
    ("a {% raw %} b {% endraw %} c", "a  b  c"),
    ("{% raw %}{% endraw %}", ""),
    ("{{ 1 -}}x\n", "1x\n"),
    ("a{% doc %} {{ x {% if %} {% enddoc %}b", "ab"),
    ("a {%- doc -%} {%- enddoc -%} b", "ab"),
    ("{{ 'a' -}}  b  {{- 'c' }}", "abc"),
    ("{{- 'a' -}}\n", "a"),
    ("{{'a'}}}", "a}"),
    ('{"a":{"b":{{ 1 }}}}', '{"a":{"b":1}}'),
    ("{{ 1\n}} {%\nif true\n%}x{%endif%}", "1 x"),
    ("{ { % } {", "{ { % } {"),
    ("{% liquid\n  # note\n  assign a = 1\n\n  echo a\n  if a == 1\n    echo 'y'\n  endif\n%}", "1y"),
    ("{% liquid %}", ""),
]


@pytest.mark.parametrize(("source", "output"), RENDERED)
def test_parts_are_told_from_text(source: str, output: str) -> None:
    assert text(source) == output


FAULTS = [
    ("a\n b {{ x", "The template cannot be read: '{{' is never closed by '}}'.", 2, 4),
    ("{% if x }}", "The template cannot be read: '{%' is never closed by '%}'.", 1, 1),
    ("{{ x %}", "The template cannot be read: '{{' is never closed by '}}'.", 1, 1),
    ("x {% %}", "The template cannot be read: a tag needs a name.", 1, 3),
    ("{% - %}", "The template cannot be read: a tag needs a name.", 1, 1),
    ("{% raw %} {% raw %}", "The template cannot be read: '{% raw %}' is never closed by '{% endraw %}'.", 1, 1),
    ("{% doc %}", "The template cannot be read: '{% doc %}' is never closed by '{% enddoc %}'.", 1, 1),
    (
        "a{% comment %}{% comment %}{% endcomment %}",
        "The template cannot be read: '{% comment %}' is never closed by '{% endcomment %}'.",
        1,
        2,
    ),
    ("{% comment %}{% endcomment", "The template cannot be read: '{%' is never closed by '%}'.", 1, 14),
    ("{{ }}", "The template cannot be read: expected a primitive expression, found end of expression.", 1, 1),
    ("{% if %}{% endif %}", "The template cannot be read: missing expression.", 1, 4),
    ("{% if x %}", "The template cannot be read: expected tag endif, found end of expression.", 1, 4),
    ("\n\n {% wrong %}", "The template cannot be read: unexpected tag 'wrong'.", 3, 5),
    ("{{ a ! }}", "The template cannot be read: unknown operator '!'.", 1, 6),
    ("{{ a $ }}", "The template cannot be read: unexpected '$'.", 1, 6),
    ("{% liquid\n  wrong\n%}", "The template cannot be read: unexpected tag 'wrong'.", 2, 3),
    ("{% liquid\n  echo 1\n  (x)\n%}", "The template cannot be read: a tag needs a name.", 3, 1),
    ("{% else %}", "The template cannot be read: unexpected tag 'else'.", 1, 4),
    ("{% endraw %}", "The template cannot be read: unexpected tag 'endraw'.", 1, 4),
    ("{{ x | }}", "The template cannot be read: expected word, found end of expression.", 1, 1),
    ("{{ a b }}", "The template cannot be read: expected end of expression, found word.", 1, 6),
]


@pytest.mark.parametrize(("source", "sentence", "line", "column"), FAULTS)
def test_fault_is_named_with_its_place(source: str, sentence: str, line: int, column: int) -> None:
    error = refusal(source)
    assert (error.message, error.line, error.column) == (sentence, line, column)


@pytest.mark.parametrize("name", ["include", "render", "extends", "layout", "block", "macro", "call", "import", "with"])
def test_no_tag_reaches_for_another_template(name: str) -> None:
    assert refusal(f"{{% {name} 'other' %}}").message == f"The template cannot be read: unexpected tag '{name}'."
