"""Bodies of calls: what they become, and whether that is JSON."""

from types import MappingProxyType

import pytest

from app.core.json import JsonValue
from app.graph.template import BodyTemplate, RenderedBody
from tests.unit.template.rendering import Exhausted, body

ROOTS: dict[str, JsonValue] = {
    "n1": {"id": 7, "name": "Ada", "on": True, "list": [1, {"a": None}]},
    "frozen": MappingProxyType({"a": MappingProxyType({"b": 1})}),
}


@pytest.mark.parametrize(
    ("source", "content", "is_json"),
    [
        ({"a": "{{ n1.list }}", "b": "id {{ n1.id }}"}, b'{"a":[1,{"a":null}],"b":"id 7"}', True),
        (["{{ n1.missing }}", "{{ n1.name }}"], b'[null,"Ada"]', True),
        ({"a": "{{ frozen }}"}, b'{"a":{"a":{"b":1}}}', True),
        ({"a": 1}, b'{"a":1}', True),
        ({}, b"{}", True),
        ("", b"", False),
        ("plain {text", b"plain {text", False),
        ('{"a": 1}', b'{"a": 1}', True),
        ("12", b"12", False),
        ("Hello {{ n1.name }}", b"Hello Ada", False),
        ("grüß {{ n1.name }}", "grüß Ada".encode(), False),
        ("{{ n1.list }}", b'[1,{"a":null}]', True),
        ("\n {{ n1.list }} ", b'[1,{"a":null}]', True),
        ("{{ n1.id }}", b"7", True),
        ("{{ n1.on }}", b"true", True),
        ("{{ n1.name }}", b"Ada", False),
        (" {{ '12' }} ", b"12", False),
        ("{{ n1.missing }}", b"", False),
        ("{{ n1.list | json }}", b'[1,{"a":null}]', True),
        ("{{ ' {\"a\":1}' }}", b' {"a":1}', True),
        ("{{ '{a' }}", b"{a", False),
        ("{{ n1.name }}{{ n1.list }}", b'Ada[1,{"a":null}]', False),
        ("{% assign x = n1.list %}{{ x }}", b'[1,{"a":null}]', True),
        ("{% assign x = n1.name %} {{ x }}", b" Ada", False),
        ("{% assign x = n1.id %}{{ x }}", b"7", False),
    ],
)
def test_becomes_bytes(source: JsonValue, content: bytes, *, is_json: bool) -> None:
    assert body(source, ROOTS) == RenderedBody(content, is_json)


def test_static_bodies_need_no_budget() -> None:
    for source in ("text", '{"a": 1}', {"a": [1]}):
        template = BodyTemplate(source)
        assert template.is_static
        assert template.render({}, Exhausted()).content


def test_half_a_character_becomes_a_question_mark() -> None:
    assert body("a\ud83d").content == b"a?"
