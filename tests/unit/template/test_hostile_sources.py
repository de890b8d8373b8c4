"""Templates written to burn time while they are read. None may: each is refused with a sentence, or read in no time.

Time is not measured: what would take minutes without its bound is caught by the timeout.
"""

import pytest

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import BodyTemplate, ValueTemplate
from tests.unit.template.hostility import refusal, rendered

pytestmark = pytest.mark.timeout(20)

LONG = 65_000

READING = {
    "a chain of filters of 63 KB": ("{{ x" + "|upcase" * 9_000 + " }}", "A template has at most 500 filters."),
    "filters in many outputs": ("{{x|upcase}}" * 501, "A template has at most 500 filters."),
    "filters within conditions": ("{% assign y = x" + "|upcase" * 501 + " %}", "A template has at most 500 filters."),
    "a long source": ("{{ x }}" + "ü" * 32_770, "A template has at most 65536 bytes; this one has 65547."),
    "blocks within blocks": ("{% if x %}" * 21 + "{% endif %}" * 21, "Blocks may stand in each other at most 20 deep."),
    "thousands of blocks within blocks": (
        "{% for a in b %}" * 4_000,
        "Blocks may stand in each other at most 20 deep.",
    ),
    "liquid tags within liquid tags": (
        "{% liquid " + "liquid " * 9_000 + "%}",
        "Blocks may stand in each other at most 20 deep.",
    ),
    "paths within paths": ("{{ a" + "[a" * 5_000 + "]" * 5_000 + " }}", "more than 50 brackets in one expression"),
    "open parentheses": ("{{ " + "(" * LONG + " }}", "more than 50 brackets in one expression"),
    "open brackets with quotes": ("{{ " + '["' * (LONG // 2) + " }}", "more than 50 brackets in one expression"),
    "open parentheses in a line": ("{% liquid echo " + "(" * LONG + " %}", "more than 50 brackets in one expression"),
    "conditions": ("{% if a " + "and a " * 10_000 + "%}{% endif %}", "more than 100 operators in one expression"),
    "comparisons": ("{% if a " + "== a " * 10_000 + "%}{% endif %}", "more than 100 operators in one expression"),
    "conditions in a line": (
        "{% liquid if a " + "or a " * 10_000 + "\nendif %}",
        "more than 100 operators in one expression",
    ),
    "blanks in an output": ("{{" + " " * LONG + "}}", "expected a primitive expression"),
    "blanks in a tag": ("{% if" + " " * LONG + "%}", "missing expression"),
    "blanks in a line": ("{% liquid assign x = 1" + " " * LONG + "1 %}", "expected end of expression"),
    "an open tag with a long name": ("{% " + "a" * LONG, "'{%' is never closed by '%}'"),
    "an open tag with blanks": ("{% if" + " " * LONG, "'{%' is never closed by '%}'"),
    "open outputs": ("{{" * (LONG // 2), "'{{' is never closed by '}}'"),
    "raw blocks never closed": ("{% raw %}" * 7_000, "'{% raw %}' is never closed"),
    "doc blocks never closed": ("{% doc %}" * 7_000, "'{% doc %}' is never closed"),
    "comments never closed": ("{% comment %}" * 5_000, "'{% comment %}' is never closed"),
    "comments within comments, half closed": ("{% comment %}" * 3_000 + "{% endcomment %}" * 1_000, "is never closed"),
    "an endless whole number": ("{{ " + "9" * LONG + " }}", "The template cannot be read"),
    "a whole number of 4,000 digits": ("{{ " + "9" * 4_000 + " }}", "A number has at most 256 bits."),
    "a whole number of 257 bits": (f"{{{{ {2**256} | plus: 1 }}}}", "A number has at most 256 bits."),
    "an index of endless length": ("{{ a[" + "9" * LONG + "] }}", "The template cannot be read"),
}


@pytest.mark.parametrize("name", READING)
def test_hostile_source_is_refused_when_it_is_read(name: str) -> None:
    source, sentence = READING[name]
    assert sentence in refusal(source)


LINEAR = {
    "many outputs": ("{{a}}" * 13_000, ""),
    "many branches": ("{% if a %}" + "{% elsif a %}" * 4_900 + "{% endif %}", ""),
    "many cases": ("{% case a %}{% when 1" + ",1" * 30_000 + " %}{% endcase %}", ""),
    "digits that are a name": ("{{ " + "1" * LONG + "a }}", ""),
    "a path without end": ("{{ a" + ".a" * 32_000 + " }}", ""),
    "a long line of blanks": ("{% liquid\n" + " " * LONG + "\n%}", ""),
    "many closing marks": ("}}%}" * 16_000 + "{{ a }}", "}}%}" * 16_000),
    "quotes": ("{{ '" + '"' * LONG + "' | size }}", str(LONG)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_harmless_source_is_read_in_no_time_however_long(name: str) -> None:
    source, output = LINEAR[name]
    assert rendered(source) == output


def test_the_templates_of_one_setting_are_bounded_together() -> None:
    with pytest.raises(TemplateError) as caught:
        ValueTemplate([f"{{{{ a{index} }}}}" for index in range(7_000)])
    assert caught.value.message == "The templates of one setting have at most 65536 characters together."


@pytest.mark.parametrize("kind", [ValueTemplate, BodyTemplate])
def test_a_setting_is_not_nested_without_end(kind: type[ValueTemplate | BodyTemplate]) -> None:
    nested: JsonValue = "{{ x }}"
    for _ in range(100):
        nested = [nested]
    kind(nested)
    with pytest.raises(TemplateError) as caught:
        kind({"a": nested})
    assert caught.value.message == "Objects and lists may stand in each other at most 100 deep."
