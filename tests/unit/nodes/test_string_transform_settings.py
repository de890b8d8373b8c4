import pytest

from app.core.json import JsonObject, JsonValue
from tests.factories.steps import action, faults
from tests.unit.nodes.test_string_transform import CLASSES, MOST, one, reason_of, refused


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        (["split", "upper"], '"upper" needs a text, but "split" before it makes a list; only join takes one.'),
        (
            [one("regex_extract", pattern="a", all=True), "trim"],
            '"trim" needs a text, but "regex_extract" before it makes a list; only join takes one.',
        ),
        (["split", "split"], '"split" needs a text, but "split" before it makes a list; only join takes one.'),
        (["split", "uuid"], '"uuid" needs a text, but "split" before it makes a list; only join takes one.'),
        (["trim", "join"], '"join" needs a list, but "trim" before it makes a text.'),
        (["join", "join"], '"join" needs a list, but "join" before it makes a text.'),
    ],
)
def test_what_cannot_follow_an_operation_is_refused(operations: list[JsonValue], message: str) -> None:
    assert refused(*operations) == {"operations": message}


async def test_the_first_operation_must_fit_the_input() -> None:
    assert await reason_of("{{ n1 }}", "upper", n1=[1]) == (
        '"upper" needs a text, but it is given a list; only join takes one.'
    )
    assert await reason_of("{{ n1 }}", "join", n1="a") == '"join" needs a list; it is given the text "a".'
    assert await reason_of("{{ n1.x }}", "join") == '"join" needs a list; it is given null.'


def whole(name: str, least: int, most: int, shown: object) -> str:
    return f'"{name}" must be a whole number from {least} to {most}; it is {shown}.'


@pytest.mark.parametrize(
    ("operation", "parameter", "wrong", "message"),
    [
        (one("regex_replace"), "pattern", "(", None),
        (one("regex_replace"), "pattern", "(?R)", None),
        (one("regex_extract"), "pattern", "[", None),
        (
            one("regex_replace", pattern="(a)"),
            "replacement",
            "costs $5",
            'The pattern has no group "5": it has 1 of them. A dollar that is none is written $$.',
        ),
        (
            one("regex_replace", pattern="a"),
            "replacement",
            "${name}",
            'The pattern has no group "name": it has 0 of them. A dollar that is none is written $$.',
        ),
        (
            one("regex_extract", pattern="a"),
            "group",
            "1",
            'The pattern has no group "1": it has 0 of them. A dollar that is none is written $$.',
        ),
        (one("replace"), "search", "", f'"search" must have 1 to {MOST} characters; it has 0.'),
        (one("slug"), "separator", "-" * 11, '"separator" must have 0 to 10 characters; it has 11.'),
        (one("substring"), "start", 0.5, whole("start", -MOST, MOST, 0.5)),
        (one("substring"), "length", -1, whole("length", 0, MOST, -1)),
        (one("truncate"), "length", -1, whole("length", 0, MOST, -1)),
        (one("pad"), "length", MOST + 1, whole("length", 0, MOST, MOST + 1)),
        (one("pad", length=3), "fill", "", '"fill" must have 1 to 100 characters; it has 0.'),
        (one("repeat"), "times", -1, whole("times", 0, MOST, -1)),
        (one("random"), "length", 0, whole("length", 1, 1024, 0)),
        (one("random"), "length", 1025, whole("length", 1, 1024, 1025)),
        (one("random"), "alphabet", "", '"alphabet" must have 1 to 1024 characters; it has 0.'),
        (one("password"), "length", 7, whole("length", 8, 256, 7)),
        (one("password"), "length", 257, whole("length", 8, 256, 257)),
    ],
)
async def test_a_wrong_parameter_is_refused_when_saved_and_fails_the_step_when_it_comes_later(
    operation: JsonObject, parameter: str, wrong: JsonValue, message: str | None
) -> None:
    later = await reason_of("x", {**operation, parameter: "{{ n1.wrong }}"}, n1={"wrong": wrong})

    assert refused({**operation, parameter: wrong}) == {f"operations[0].{parameter}": later}
    assert message in (None, later)


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("replace", "search"),
        ("regex_replace", "pattern"),
        ("regex_extract", "pattern"),
        ("truncate", "length"),
        ("append", "text"),
        ("prepend", "text"),
        ("pad", "length"),
        ("repeat", "times"),
    ],
)
def test_a_parameter_that_an_operation_needs_is_named(operation: str, missing: str) -> None:
    expected = {f"operations[1].{missing}": f'"operations[1].{missing}" is required.'}

    assert refused("trim", operation) == expected
    assert refused("trim", one(operation)) == expected


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("shout", 'There is no such operation; it is the text "shout": write a name'),
        (one("shout"), 'There is no such operation; it is the text "shout": write a name'),
        (one("x" * 100), f'There is no such operation; it is the text "{"x" * 60}…": write a name'),
        ({"operation": ["trim"]}, "There is no such operation; it is a list: write a name"),
        ({}, "This is no operation: write a name"),
        (5, "This is no operation: write a name"),
        (None, "This is no operation: write a name"),
        (["trim"], "This is no operation: write a name"),
    ],
)
def test_an_operation_that_there_is_not_is_refused(operation: JsonValue, message: str) -> None:
    found = refused("trim", operation)

    assert found.keys() == {"operations[1]"}
    assert found["operations[1]"].startswith(message)
    assert found["operations[1]"].endswith("random, password.")


def test_a_password_of_nothing_is_refused() -> None:
    nothing: dict[str, JsonValue] = dict.fromkeys(CLASSES, False)

    assert refused(one("password", **nothing)) == {
        "operations[0]": "A password needs characters: uppercase, lowercase, digits or symbols must be true."
    }


def test_other_wrong_settings_are_named() -> None:
    assert faults("string_transform", {}) == {"operations": '"operations" is required.'}
    assert refused(one("pad", length=1, side="top")).keys() == {"operations[0].side"}
    assert refused(one("regex_extract", pattern="a", all="x")).keys() == {"operations[0].all"}
    assert refused(one("append", text="{{")).keys() == {"operations[0].text"}


def test_there_are_at_most_50_operations() -> None:
    action("string_transform", {"operations": ["trim"] * 50})

    assert refused(*["trim"] * 51) == {"operations": '"operations" must have at most 50 entries; it has 51.'}
