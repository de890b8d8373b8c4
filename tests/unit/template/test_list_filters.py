"""Filters for lists, at their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from tests.unit.template.rendering import refusal, text, value

ITEMS: list[JsonValue] = [
    {"id": 1, "on": True, "name": "b", "tag": "x"},
    {"id": 2, "on": False, "name": "C"},
    {"id": True, "name": "a", "tag": 0},
    "text",
    None,
]

MADE: list[tuple[str, JsonValue, JsonValue]] = [
    ("{{ x | size }}", {"a": 1}, 1),
    ("{{ x | size }}", 12345, 0),
    ("{{ x | size }}", None, 0),
    ("{{ x | first }}", {"a": 1, "b": 2}, ["a", 1]),
    ("{{ x | first }}", {}, None),
    ("{{ x | first }}", [], None),
    ("{{ x | first }}", "abc", None),
    ("{{ x | first }}", None, None),
    ("{{ x | last }}", [], None),
    ("{{ x | last }}", [1, [2]], [2]),
    ("{{ x | last }}", "abc", None),
    ("{{ x | reverse }}", [[1, [2, 3]], 4], [4, 3, 2, 1]),
    ("{{ x | reverse }}", "abc", ["abc"]),
    ("{{ x | reverse }}", None, []),
    ("{{ empty | reverse }}", None, []),
    ("{{ blank | reverse }}", None, []),
    ("{% assign e = empty %}{{ x | default: e }}", None, ""),
    ("{{ x | reverse }}", {"a": 1}, [{"a": 1}]),
    ("{{ x | join }}", [1, "b", None, True, {"c": 2}], '1 b  true {"c":2}'),
    ("{{ x | join: 0 }}", ["a", "b"], "a0b"),
    ("{{ x | join: missing }}", ["a", "b"], "ab"),
    ("{{ x | join }}", "abc", "abc"),
    ("{{ x | concat: y }}", [1], [1, "p", ["q"]]),
    ("{{ x | concat: missing }}", [1, [2]], [1, 2]),
    ("{{ x | concat: y }}", None, ["p", ["q"]]),
    ("{{ (1..3) | concat: (5..6) }}", None, [1, 2, 3, 5, 6]),
    ("{{ x | slice: -10, 2 }}", "abc", ""),
    ("{{ x | slice: 10, 2 }}", "abc", ""),
    ("{{ x | slice: 0, 0 }}", "abc", ""),
    ("{{ x | slice: 0, -1 }}", "abc", ""),
    ("{{ x | slice: -1, 5 }}", "abc", "c"),
    ("{{ x | slice: -3 }}", "abc", "a"),
    ("{{ x | slice: missing }}", "abc", "a"),
    ("{{ x | slice: 1, 9 }}", [1, 2, 3], [2, 3]),
    ("{{ x | slice: 1, 2 }}", 12345, "23"),
    ("{{ (1..5) | slice: 1, 2 }}", None, [2, 3]),
    ("{{ x | map: 'name' }}", ITEMS, ["b", "C", "a", None, None]),
    ("{{ x | map: 1 }}", [{"a": 1}, "b"], [None, None]),
    ("{{ x | map: 'a' }}", {"a": 5}, [5]),
    ("{{ x | map: 'a' }}", None, []),
    ("{{ x | compact }}", [1, None, False, "", 0], [1, False, "", 0]),
    ("{{ x | compact: 'tag' }}", ITEMS, [ITEMS[0], ITEMS[2]]),
    ("{{ x | default: 1 }}", 0, 0),
    ("{{ x | default: 1 }}", [], 1),
    ("{{ x | default: 1 }}", {}, 1),
    ("{{ x | default: 1 }}", " ", " "),
    ("{{ x | default }}", None, ""),
    ("{{ x | default: 1, allow_false: 1 }}", False, 1),
    ("{{ x | where: 'on' }}", ITEMS, [ITEMS[0]]),
    ("{{ x | where: 'tag' }}", ITEMS, [ITEMS[0], ITEMS[2]]),
    ("{{ x | where: 'id', 1 }}", ITEMS, [ITEMS[0]]),
    ("{{ x | where: 'id', true }}", ITEMS, [ITEMS[2]]),
    ("{{ x | where: 'id', 1.0 }}", ITEMS, [ITEMS[0]]),
    ("{{ x | where: 'on', missing }}", ITEMS, [ITEMS[0]]),
    ("{{ x | where: 'on', false }}", ITEMS, [ITEMS[1]]),
    ("{{ x | where: 'a', 5 }}", {"a": 5}, [{"a": 5}]),
    ("{{ x | where: 'a' }}", None, []),
    ("{{ x | reject: 'on' }}", ITEMS, ITEMS[1:]),
    ("{{ x | reject: 'id', 1 }}", ITEMS, ITEMS[1:]),
    ("{{ x | find: 'name', 'C' }}", ITEMS, ITEMS[1]),
    ("{{ x | find: 'name', 'z' }}", ITEMS, None),
    ("{{ x | find_index: 'name', 'C' }}", ITEMS, 1),
    ("{{ x | find_index: 'name', 'z' }}", ITEMS, None),
    ("{{ x | find_index: 'on' }}", ITEMS, 0),
    ("{{ x | has: 'tag' }}", ITEMS, True),
    ("{{ x | has: 'tag', 'y' }}", ITEMS, False),
    ("{{ x | has: 'tag' }}", [], False),
    ("{{ x | sort }}", [3, 1.5, None, 2], [1.5, 2, 3, None]),
    ("{{ x | sort }}", ["b", "B", "a"], ["B", "a", "b"]),
    ("{{ x | sort }}", None, []),
    ("{{ x | sort: 'name' }}", ITEMS, [ITEMS[1], ITEMS[2], ITEMS[0], ITEMS[3], ITEMS[4]]),
    ("{{ x | sort_natural }}", ["b", "C", None, "a"], ["a", "b", "C", None]),
    ("{{ x | sort_natural }}", [10, 9], [10, 9]),
    ("{{ x | sort_natural: 'name' }}", ITEMS[:3], [ITEMS[2], ITEMS[0], ITEMS[1]]),
    ("{{ x | uniq }}", [1, 1.0, "1", True, None, 1, None], [1, 1.0, "1", True, None]),
    ("{{ x | uniq }}", [{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}]),
    ("{{ x | uniq: 'on' }}", ITEMS, ITEMS[:3]),
    ("{{ x | uniq }}", None, []),
]


@pytest.mark.parametrize(("source", "given_value", "result"), MADE)
def test_list_is_handled(source: str, given_value: JsonValue, result: JsonValue) -> None:
    made = value(source, {"x": given_value, "y": ["p", ["q"]]})
    assert repr(made) == repr(result)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ x | concat: 'a' }}", "`concat` needs a list to add."),
        ("{{ x | map: x }}", "`map` works here with text, numbers, true and false, not with objects or lists."),
        (
            "{{ x | where: 'a', x }}",
            "`where` works here with text, numbers, true and false, not with objects or lists.",
        ),
        ("{{ x | sort }}", "`sort` orders either texts or numbers, not both in one list."),
        ("{{ y | sort }}", "`sort` orders texts or numbers; true and false are neither."),
        ("{{ z | sort }}", "`sort` works here with text, numbers, true and false, not with objects or lists."),
        (
            "{{ z | sort_natural }}",
            "`sort_natural` works here with text, numbers, true and false, not with objects or lists.",
        ),
    ],
)
def test_list_that_cannot_be_handled_is_refused(source: str, sentence: str) -> None:
    assert refusal(source, {"x": [1, "a"], "y": [True], "z": [{}]}).message == sentence


@given(st.lists(st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)))
def test_sorting_numbers_is_what_it_is_elsewhere(numbers: list[float]) -> None:
    assert value("{{ x | sort }}", {"x": numbers}) == sorted(numbers)


@given(st.lists(st.text()))
def test_sorting_text_is_what_it_is_elsewhere(texts: list[str]) -> None:
    assert value("{{ x | sort }}", {"x": texts}) == sorted(texts)
    assert value("{{ x | sort_natural }}", {"x": texts}) == sorted(texts, key=str.lower)


@given(st.text(), st.integers(-20, 20), st.integers(-5, 20))
def test_a_slice_of_text_and_of_its_characters_is_the_same(given_text: str, start: int, length: int) -> None:
    roots: dict[str, JsonValue] = {"t": given_text, "l": list(given_text), "s": start, "n": length}
    assert text("{{ t | slice: s, n }}", roots) == text("{{ l | slice: s, n | join: '' }}", roots)
