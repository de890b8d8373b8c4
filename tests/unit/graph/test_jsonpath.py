import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemplateError
from app.graph.jsonpath import Cost, compile_path

STORE: JsonValue = {
    "store": {
        "book": [
            {"author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95, "isbn": None},
            {"author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
            {"author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
        ],
        "bicycle": {"color": "red", "price": 399},
    },
    "limit": 10,
    "pattern": "S.*",
}
TITLES = ["Sayings of the Century", "Sword of Honour", "Moby Dick"]


def found(path: str, document: JsonValue) -> JsonValue:
    return compile_path(path).found(document, Cost())


def refusal(path: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        compile_path(path)
    return caught.value


def exhausted(path: str, document: JsonValue, cost: Cost | None = None) -> str:
    with pytest.raises(PermanentError) as caught:
        compile_path(path).found(document, cost or Cost())
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", STORE),
        ("$.limit", 10),
        ("$.store.bicycle['color']", "red"),
        ("$['store']['book'][0].price", 8.95),
        ("$.store.book[-1].title", "Moby Dick"),
        ("$.store.book[0].isbn", None),
        ("$.store.book[9].title", None),
        ("$.store.book[-9]", None),
        ("$.store.book.title", None),
        ("$.limit.x", None),
        ("$.limit[0]", None),
        ("$['lim\\u0069t']", 10),
    ],
)
def test_a_path_to_one_place_finds_its_value_or_null(path: str, value: JsonValue) -> None:
    assert found(path, STORE) == value


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.store.book[*].title", TITLES),
        ("$.store.book.*.title", TITLES),
        ("$..title", TITLES),
        ("$.store..price", [8.95, 12.99, 8.99, 399]),
        ("$..book[2]..author", ["Herman Melville"]),
        ("$.store.book[0:2].title", TITLES[:2]),
        ("$.store.book[::-1].title", TITLES[::-1]),
        ("$.store.book[:5:2].title", TITLES[::2]),
        ("$.store.book[0:2:0]", []),
        ("$.store.book[2,0,0].title", [TITLES[2], TITLES[0], TITLES[0]]),
        ("$.store.bicycle['price','color','size']", [399, "red"]),
        ("$.limit[0:1]", []),
        ("$.limit.*", []),
        ("$.nothing..x", []),
        ("$.store.book[?@.isbn].title", [TITLES[0], TITLES[2]]),
        ("$.store.book[?!@.isbn].title", [TITLES[1]]),
        ("$.store.book[?@.isbn == null].title", [TITLES[0]]),
        ("$.store.book[?@.price < $.limit].title", [TITLES[0], TITLES[2]]),
        ("$.store.book[?@.price <= 8.95 || @.price >= 12.99].title", TITLES[:2]),
        ("$.store.book[?@.price < 10 && @.author > 'N'].title", [TITLES[0]]),
        ("$.store.book[?(@.price < 10 || @.author) && !(@.isbn)].title", [TITLES[1]]),
        ("$.store.book[?@.missing == @.absent].price", [8.95, 12.99, 8.99]),
        ("$.store.book[?@.missing == null]", []),
        ("$.store.book[?@ != $.store.book[0]].title", TITLES[1:]),
        ("$.store[?@.color].price", [399]),
        ("$.store.book[?length(@.title) > 15].price", [8.95]),
        ("$[?length(@) == 2].bicycle.price", [399]),
        ("$.store.book[?length(@.price) == 4]", []),
        ("$.store.book[?count(@.*) == 4].price", [8.95, 8.99]),
        ("$.store.book[?value(@..isbn) == '0-553-21311-3'].price", [8.99]),
        ("$.store.book[?match(@.title, 'S.*')].price", [8.95, 12.99]),
        ("$.store.book[?match(@.title, 'Mob')]", []),
        ("$.store.book[?search(@.title, 'Mob|Cent')].price", [8.95, 8.99]),
        ("$.store.book[?match(@.title, $.pattern)].price", [8.95, 12.99]),
        ("$.store.book[?search(@.price, '8')]", []),
        ("$.store.book[?search(@.title, @.price)]", []),
        (
            "$.store[?@[?$.limit == 10 && @.isbn]]..title",
            TITLES,
        ),  # within a filter of a filter, $ is still the document
    ],
)
def test_every_other_path_finds_a_list(path: str, values: JsonValue) -> None:
    assert found(path, STORE) == values


@pytest.mark.parametrize(
    ("document", "path", "values"),
    [
        ([0, "", False, None, []], "$[?@]", [0, "", False, None, []]),
        ([1, True, 1.0, "1"], "$[?@ == 1]", [1, 1.0]),
        ([0, False, None], "$[?@ == false]", [False]),
        ([[1], [True], [1.0]], "$[?@ == $[0]]", [[1], [1.0]]),
        ([{"a": 1, "b": [2]}, {"b": [2], "a": 1}, {"a": 1}, {"a": 1, "c": [2]}], "$[?@ == $[0]]['a']", [1, 1]),
        ([[1, 2], [2, 1], [1]], "$[?@ == $[0]]", [[1, 2]]),
        ([True, False], "$[?@ <= true]", [True]),
        ([9007199254740992, 9007199254740993], "$[?@ == 9007199254740993]", [9007199254740993]),
        ([100, 1000], "$[?@ == 1e3]", [1000]),
        ([-1, 1], "$[?@ == -1]", [-1]),
        (["/a/b/", "a"], "$[?match(@, '/a/.*/')]", ["/a/b/"]),
        ({"b": {"x": 1}, "a": {"x": 2}}, "$..x", [1, 2]),
        ([[[1], 2], [3]], "$..[0]", [[[1], 2], [1], 1, 3]),
    ],
)
def test_values_are_compared_by_type_and_kept_in_order(document: JsonValue, path: str, values: JsonValue) -> None:
    assert repr(found(path, document)) == repr(values)
