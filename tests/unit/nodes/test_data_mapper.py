import copy

import pytest

from app.core.json import JsonValue
from tests.factories.steps import action, failure_of, faults, output_of


@pytest.mark.parametrize(
    ("mappings", "result"),
    [
        ([], {}),
        ([{"key": "a", "value": 1}], {"a": 1}),
        ([{"key": "a", "value": 1}, {"key": "a", "value": 2}], {"a": 2}),
        ([{"key": "a.b.c", "value": "{{ n1.n }}"}, {"key": "a.d", "value": "x"}], {"a": {"b": {"c": 7}, "d": "x"}}),
        ([{"key": "tags[]", "value": "x"}, {"key": "tags[]", "value": "y"}], {"tags": ["x", "y"]}),
        ([{"key": "a[].b", "value": 1}, {"key": "a[].c.d", "value": 2}], {"a": [{"b": 1}, {"c": {"d": 2}}]}),
        ([{"key": "a.b[]", "value": 1}, {"key": "a.b[]", "value": 2}], {"a": {"b": [1, 2]}}),
        ([{"key": "a", "value": None}, {"key": "a.b", "value": 1}], {"a": {"b": 1}}),
        ([{"key": "a", "value": None}, {"key": "a[]", "value": 1}], {"a": [1]}),
        ([{"key": "a", "value": "{{ n1.list }}"}, {"key": "a[]", "value": 3}], {"a": [1, 2, 3]}),
        (
            [{"key": "a", "value": "{{ n1 }}"}, {"key": "a.n", "value": 8}],
            {"a": {"n": 8, "list": [1, 2], "none": None}},
        ),
        ([{"key": "{{ n1.n }}.x", "value": 1}], {"7": {"x": 1}}),
        ([{"key": "a", "value": "{{ n1.none }}", "default": "{{ n1.n }}"}], {"a": 7}),
        ([{"key": "a", "value": "{{ n1.missing }}", "default": 0}], {"a": 0}),
        ([{"key": "a", "value": "{{ n1.missing }}", "default": None}], {"a": None}),
        ([{"key": "a", "value": "{{ n1.missing }}"}], {"a": None}),
        ([{"key": "a", "value": "", "default": 1}], {"a": ""}),
        ([{"key": "a", "value": False, "default": 1}], {"a": False}),
        ([{"key": "a", "value": {"b": ["{{ n1.n }}", "{{ n1.n }}!"]}}], {"a": {"b": [7, "7!"]}}),
    ],
)
async def test_values_are_put_where_their_keys_lead(mappings: JsonValue, result: JsonValue) -> None:
    output = await output_of("data_mapper", {"mappings": mappings}, n1={"n": 7, "list": [1, 2], "none": None})

    assert output == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ({"a": 1, "b": "{{ n1.n }}"}, {"a": 2, "b": 7}),
        ("{{ n1 }}", {"n": 7, "a": 2}),
        ("{{ n1.missing }}", {"a": 2}),
        (None, {"a": 2}),
    ],
)
async def test_it_may_start_from_an_object(source: JsonValue, result: JsonValue) -> None:
    settings: dict[str, JsonValue] = {"source": source, "mappings": [{"key": "a", "value": 2}]}

    assert await output_of("data_mapper", settings, n1={"n": 7}) == result


async def test_the_outputs_of_other_steps_stay_as_they_are() -> None:
    given: dict[str, JsonValue] = {"deep": {"list": [1], "kept": {}}, "list": [{}]}
    before = copy.deepcopy(given)
    settings: dict[str, JsonValue] = {
        "source": "{{ n1 }}",
        "mappings": [
            {"key": "deep.list[]", "value": 2},
            {"key": "deep.list[]", "value": 3},
            {"key": "deep.kept.x", "value": 4},
            {"key": "deep.kept.y", "value": 5},
            {"key": "list[].z", "value": 6},
            {"key": "other", "value": "{{ n1.deep }}"},
            {"key": "other.list[]", "value": 7},
        ],
    }

    output = await output_of("data_mapper", settings, n1=given)

    assert given == before
    assert output == {
        "deep": {"list": [1, 2, 3], "kept": {"x": 4, "y": 5}},
        "list": [{}, {"z": 6}],
        "other": {"list": [1, 7], "kept": {}},
    }


@pytest.mark.parametrize(
    ("mappings", "message"),
    [
        (
            [{"key": "a", "value": 1}, {"key": "a.b", "value": 2}],
            'The key "a" needs an object, but 1 stands there already.',
        ),
        (
            [{"key": "x.a", "value": "t"}, {"key": "x.a.b.c", "value": 2}],
            'The key "x.a" needs an object, but the text "t" stands there already.',
        ),
        (
            [{"key": "a", "value": {}}, {"key": "a[]", "value": 2}],
            'The key "a[]" needs a list, but an object stands there already.',
        ),
        (
            [{"key": "a", "value": "text"}, {"key": "a[].b", "value": 2}],
            'The key "a[]" needs a list, but the text "text" stands there already.',
        ),
        (
            [{"key": "a", "value": []}, {"key": "a.b", "value": 2}],
            'The key "a" needs an object, but a list stands there already.',
        ),
        (
            [{"key": "{{ n1.missing }}", "value": 1}],
            '"" is no key: write names with dots between them, and [] only behind a name.',
        ),
    ],
)
async def test_a_value_that_cannot_be_put_there_fails_the_node(mappings: JsonValue, message: str) -> None:
    assert await failure_of("data_mapper", {"mappings": mappings}) == message


@pytest.mark.parametrize(("source", "shown"), [([1], "a list"), ("text", 'the text "text"'), (3, "3")])
async def test_a_source_that_is_no_object_fails_the_node(source: JsonValue, shown: str) -> None:
    message = f'"source" must be an object; it is {shown}.'
    settings: dict[str, JsonValue] = {"mappings": []}

    assert await failure_of("data_mapper", {**settings, "source": "{{ n1 }}"}, n1=source) == message
    assert faults("data_mapper", {**settings, "source": source}) == {"source": message}


@pytest.mark.parametrize("key", ["", "a..b", ".a", "a.", "[]", "a[0]", "a[].[]", "a[]b", "a[][]", "x]"])
def test_a_key_is_names_with_dots_between_them(key: str) -> None:
    message = f'"{key}" is no key: write names with dots between them, and [] only behind a name.'

    assert faults("data_mapper", {"mappings": [{"key": key, "value": 1}]}) == {"mappings[0].key": message}


def test_a_long_key_is_shown_cut() -> None:
    found = faults("data_mapper", {"mappings": [{"key": "a" * 60 + ".", "value": 1}]})

    assert found["mappings[0].key"].startswith(f'"{"a" * 60}…" is no key')


def test_a_key_has_at_most_32_parts() -> None:
    action("data_mapper", {"mappings": [{"key": ".".join("a" * 32), "value": 1}]})
    found = faults("data_mapper", {"mappings": [{"key": ".".join("a" * 33), "value": 1}]})

    assert found["mappings[0].key"].endswith('…" has 33 parts; it may have 32.')


def test_there_are_at_most_500_mappings() -> None:
    mappings: list[JsonValue] = [{"key": "a[]", "value": number} for number in range(501)]

    action("data_mapper", {"mappings": mappings[:500]})
    assert faults("data_mapper", {"mappings": mappings}) == {
        "mappings": '"mappings" must have at most 500 entries; it has 501.'
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"mappings": '"mappings" is required.'}),
        ({"mappings": {}}, {"mappings": '"mappings" must be a list; it is an object.'}),
        ({"mappings": [1]}, {"mappings[0]": '"mappings[0]" must be an object; it is 1.'}),
        (
            {"mappings": [{}]},
            {
                "mappings[0].key": '"mappings[0].key" is required.',
                "mappings[0].value": '"mappings[0].value" is required.',
            },
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("data_mapper", settings) == expected
