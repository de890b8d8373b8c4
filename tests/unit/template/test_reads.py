"""What a template reads is known without rendering it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.template import BodyTemplate, NumberTemplate, Read, TextTemplate, ValueTemplate
from tests.factories.budgets import standing_budget

READS: list[tuple[str, set[Read]]] = [
    ("plain", set()),
    ("{{ n1.run_id }}", {Read("n1", ("run_id",))}),
    (
        "{{ n1.items[0].id }} {{ n1['my key'] }} {{ ['1'].x }}",
        {Read("n1", ("items", 0, "id")), Read("n1", ("my key",)), Read("1", ("x",))},
    ),
    ("{{ vault.key }}{{ vault['My key'] }}", {Read("vault", ("key",)), Read("vault", ("My key",))}),
    ("{{ vault[n1.name].x }}", {Read("vault"), Read("n1", ("name",))}),
    ("{{ n1 | default: n2.x | append: n3.y }}", {Read("n1"), Read("n2", ("x",)), Read("n3", ("y",))}),
    ("{{ n1 | default: n2.x, allow_false: n3.y }}", {Read("n1"), Read("n2", ("x",)), Read("n3", ("y",))}),
    (
        "{% if n1.a == n2 and n3 contains 'x' %}{{ n4 }}{% elsif n5 %}{{ n6 }}{% else %}{{ n7 }}{% endif %}",
        {Read("n1", ("a",)), *(Read(f"n{i}") for i in range(2, 8))},
    ),
    ("{% unless n1 %}{{ n2 }}{% else %}{{ n3 }}{% endunless %}", {Read("n1"), Read("n2"), Read("n3")}),
    ("{% case n1 %}{% when n2, n3 %}{{ n4 }}{% else %}{{ n5 }}{% endcase %}", {Read(f"n{i}") for i in range(1, 6)}),
    (
        "{% for x in n1.list limit: n2 offset: n3 %}{{ x.id }}{{ forloop.index }}{{ n4 }}{% else %}{{ x }}{% endfor %}",
        {Read("n1", ("list",)), Read("n2"), Read("n3"), Read("n4"), Read("x")},
    ),
    ("{% for x in (n1..n2) %}{% endfor %}", {Read("n1"), Read("n2")}),
    ("{% for item in n1 %}{{ item }}{% endfor %}{{ item }}", {Read("n1"), Read("item")}),
    ("{% for x in n1 %}{% for y in x %}{{ x }}{{ y }}{% endfor %}{{ y }}{% endfor %}", {Read("n1"), Read("y")}),
    (
        "{% tablerow x in n1 cols: n2 %}{{ x }}{{ tablerowloop.col }}{% endtablerow %}{{ x }}",
        {Read("n1"), Read("n2"), Read("x")},
    ),
    ("{{ a }}{% assign a = n1.x %}{{ a.y }}", {Read("a"), Read("n1", ("x",))}),
    ("{% assign n1 = n1.x %}{{ n1.y }}", {Read("n1", ("x",))}),
    ("{% for x in n1 %}{% assign last = x %}{% endfor %}{{ last }}", {Read("n1")}),
    ("{% capture a %}{{ n1 }}{{ a }}{% endcapture %}{{ a }}", {Read("n1"), Read("a")}),
    ("{% increment i %}{% decrement j %}{{ i }}{{ j }}", set()),
    (
        "{% cycle n1: n2, n3 %}{% echo n4 %}{% ifchanged %}{{ n5 }}{% endifchanged %}",
        {Read(f"n{i}") for i in range(1, 6)},
    ),
    ("{% liquid\nassign a = n1\nif n2\necho n3\nendif %}", {Read("n1"), Read("n2"), Read("n3")}),
    ("{% comment %}{{ n1 }}{% endcomment %}{% raw %}{{ n2 }}{% endraw %}{% # {{ n3 }} %}", set()),
    ("{{ now }}{{ 'now' | date: n1 }}", {Read("now"), Read("n1")}),
    ("{{ n1.limit.size }}", {Read("n1", ("limit", "size"))}),
]


@pytest.mark.parametrize(("source", "reads"), READS)
def test_reads_are_known(source: str, reads: set[Read]) -> None:
    assert TextTemplate(source).reads == reads


def test_a_value_reads_what_its_leaves_read() -> None:
    source: JsonValue = {"a": ["{{ n1.x }}", {"{{ n2 }}": "{{ n3 }}"}], "b": 1}
    assert ValueTemplate(source).reads == {Read("n1", ("x",)), Read("n3")}
    assert BodyTemplate(source).reads == {Read("n1", ("x",)), Read("n3")}


def test_every_form_of_a_body_reads() -> None:
    for source in ('{"a": {{ n1 }}}', " {{ n1 }} ", "text {{ n1 }}"):
        assert BodyTemplate(source).reads == {Read("n1")}
    assert BodyTemplate("text").reads == set()


def test_a_number_reads() -> None:
    assert NumberTemplate("{{ n1.x }}").reads == {Read("n1", ("x",))}
    assert NumberTemplate(5).reads == set()


class Watched(dict[str, JsonValue]):
    """A context that writes down which of its roots are asked for."""

    def __init__(self) -> None:
        super().__init__({"a": 1, "b": {"c": [1, 2]}, "c": "x", "d": [[1], [2]], "e": None})
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> JsonValue:
        self.asked.add(key)
        return super().__getitem__(key)


FRAGMENTS = st.sampled_from(
    [
        "{{ a }}",
        "{{ b.c[0] }}",
        "{{ d | append: e }}",
        "{% assign a = c %}",
        "{% assign c = 1 %}",
        "{{ c }}",
        "{% for a in d %}{{ a }}{% endfor %}",
        "{% for x in b.c %}{{ x }}{{ e }}{% else %}{{ a }}{% endfor %}",
        "{% capture e %}{{ d }}{% endcapture %}",
        "{% if a == c %}{{ b }}{% endif %}",
        "{{ b[c] }}",
    ]
)


@given(st.lists(FRAGMENTS, max_size=8).map("".join))
def test_no_root_is_asked_for_that_was_not_announced(source: str) -> None:
    roots = Watched()
    template = TextTemplate(source)
    template.render(roots, standing_budget())
    assert roots.asked <= {read.root for read in template.reads}
