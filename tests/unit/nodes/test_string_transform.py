import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from tests.factories.steps import failure_of, faults, output_of

MOST = 1_048_576


def one(name: str, **parameters: JsonValue) -> JsonObject:
    return {"operation": name, **parameters}


async def result_of(given: JsonValue, *operations: JsonValue, **roots: JsonValue) -> JsonValue:
    output = await output_of("string_transform", {"input": given, "operations": operations}, **roots)
    assert output.keys() == {"result"}
    return output["result"]


async def reason_of(given: JsonValue, *operations: JsonValue, **roots: JsonValue) -> str:
    return await failure_of("string_transform", {"input": given, "operations": operations}, **roots)


def refused(*operations: JsonValue) -> dict[str, str]:
    return faults("string_transform", {"input": "x", "operations": operations})


@pytest.mark.parametrize(
    ("operation", "given", "result"),
    [
        ("trim", " \t a b\n", "a b"),
        ("ltrim", "  a ", "a "),
        ("rtrim", "  a ", "  a"),
        ("upper", "straße é", "STRASSE É"),
        ("lower", "ÀB", "àb"),
        ("capitalize", "hello WORLD", "Hello world"),
        ("title", "it's a o\u2019brien-STORY  2nd", "It's A O\u2019brien-Story  2nd"),
        ("camel", "Hello big-world_again", "helloBigWorldAgain"),
        ("camel", "parseXMLText2Go", "parseXmlText2Go"),
        ("camel", " - ", ""),
        ("snake", "parseXMLText2Go now", "parse_xml_text2_go_now"),
        ("snake", "ÉtéÀParis", "été_à_paris"),
        ("kebab", "HelloWorld_x.y", "hello-world-x-y"),
        ("reverse", "ab\u0301c", "cb\u0301a"),
        ("reverse", "1🇩🇪2", "2🇩🇪1"),
        ("length", "äöü", 3),
        ("length", "", 0),
        ("strip_tags", "<p>a &amp; <b class='x'>b</b></p><script>1</script>", "a &amp; b"),
        ("base64_encode", "é?", "w6k/"),
        ("base64_decode", "w6k/", "é?"),
        ("base64_decode", "AA==", "\ufffd"),  # what cannot be stored is replaced
        ("url_encode", "a b&é", "a+b%26%C3%A9"),
        ("url_decode", "a+b%26%C3%A9", "a b&é"),
        ("slug", "  Größe & Gewicht \u2013 Ærø, 2. Teil! ", "grosse-gewicht-aero-2-teil"),
        ("slug", "ﬁne Ⅷ İstanbul", "fine-viii-istanbul"),
        ("slug", "日本", ""),
        (one("slug", separator="_"), "A b", "a_b"),
        (one("slug", separator=""), "A b", "ab"),
        (one("replace", search="a", replacement="bb"), "axa", "bbxbb"),
        (one("replace", search="."), "a.b.", "ab"),
        (one("regex_replace", pattern="[0-9]+", replacement="#"), "a12b3", "a#b#"),
        (one("regex_replace", pattern="/B/i"), "abBc", "ac"),
        (one("regex_replace", pattern=r"(\w)-(\w)", replacement="$2-$1"), "a-b c-d", "b-a d-c"),
        (one("regex_replace", pattern=r"(\w)-(\w)", replacement=r"\2${1}0"), "a-b", "ba0"),
        (one("regex_replace", pattern=r"(?P<n>\d)(x)?", replacement="<${n}$<n>$2>"), "1 2x", "<11> <22x>"),
        (one("regex_replace", pattern=r"\d", replacement=r"$0$&$$\$\\"), "1", "11$$\\"),
        (one("regex_replace", pattern="b*", replacement="-"), "abc", "-a--c-"),
        (one("regex_replace", pattern="x", replacement="$y"), "x", "$y"),
        (one("regex_extract", pattern=r"\d+"), "a12b345", "12"),
        (one("regex_extract", pattern=r"(\w)(\d)"), "a1", "a"),
        (one("regex_extract", pattern=r"(\w)(\d)", group=2), "a1", "1"),
        (one("regex_extract", pattern=r"(\w)(\d)", group="0"), "a1", "a1"),
        (one("regex_extract", pattern=r"(\w)(?P<n>\d)", group="n"), "a1", "1"),
        (one("regex_extract", pattern=r"a(b)?"), "a", None),
        (one("regex_extract", pattern=r"\d"), "a", None),
        (one("regex_extract", pattern=r"\d+", all=True), "1 22 333", ["1", "22", "333"]),
        (one("regex_extract", pattern=r"(\w)(\d)?", group=2, all=True), "a1 b", ["1", None]),
        (one("regex_extract", pattern=r"\d", all=True), "a", []),
        (one("substring", start=1), "hello", "ello"),
        (one("substring", start=1, length=3), "hello", "ell"),
        (one("substring", start=-3, length=2), "hello", "ll"),
        (one("substring", length=2), "hello", "he"),
        (one("substring", start=9), "hello", ""),
        (one("substring", start=-9, length=2), "hello", "he"),
        (one("substring", start=1, length=0), "hello", ""),
        (one("truncate", length=8), "hello world", "hello..."),
        (one("truncate", length=11), "hello world", "hello world"),
        (one("truncate", length=6, ellipsis="…"), "hello world", "hello…"),
        (one("truncate", length=2), "hello", "he"),
        (one("truncate", length=0), "hello", ""),
        ("split", "a,b,,", ["a", "b", "", ""]),
        (one("split", separator=" - "), "a - b", ["a", "b"]),
        (one("split", separator=""), "abc", ["a", "b", "c"]),
        (one("split", separator="x"), "", [""]),
        (one("append", text=".pdf"), "a", "a.pdf"),
        (one("prepend", text=5), "a", "5a"),
        (one("pad", length=5), "ab", "ab   "),
        (one("pad", length=5, side="left", fill="0"), "42", "00042"),
        (one("pad", length=7, side="both", fill="<>"), "ab", "<>ab<><"),
        (one("pad", length=1), "abc", "abc"),
        (one("repeat", times=3), "ab", "ababab"),
        (one("repeat", times="0"), "ab", ""),
    ],
)
async def test_an_operation_changes_a_text(operation: JsonValue, given: str, result: JsonValue) -> None:
    assert await result_of("{{ n1 }}", operation, n1=given) == result


@pytest.mark.parametrize("name", ["join", {"operation": "join"}])
async def test_a_list_is_joined(name: JsonValue) -> None:
    assert await result_of("{{ n1 }}", name, n1=["a", 1, None, {"b": 2}]) == 'a,1,,{"b":2}'
    assert await result_of([], name) == ""


async def test_operations_follow_each_other() -> None:
    operations: tuple[JsonValue, ...] = (
        "trim",
        one("split", separator=" "),
        one("join", separator=", "),
        "upper",
        one("append", text="!"),
    )

    assert await result_of(" a b ", *operations) == "A, B!"
    assert await result_of("a1b2", one("regex_extract", pattern="[a-z]", all=True), one("join", separator="")) == "ab"
    assert await result_of("text") == "text"


@pytest.mark.parametrize(
    ("value", "result"), [(7, "7"), (1.5, "1.5"), (True, "TRUE"), (None, ""), ({"a": [1]}, '{"A":[1]}')]
)
async def test_what_is_no_list_becomes_a_text(value: JsonValue, result: str) -> None:
    assert await result_of("{{ n1 }}", "upper", n1=value) == result


async def test_parameters_are_templates() -> None:
    n1: JsonObject = {"n": 2, "sep": ";", "pattern": "(b)", "text": "<$1>"}
    operations: tuple[JsonValue, ...] = (
        one("regex_replace", pattern="{{ n1.pattern }}", replacement="{{ n1.text }}"),
        one("split", separator="{{ n1.sep }}"),
        one("join", separator="{{ n1.n }}"),
        one("repeat", times="{{ n1.n }}"),
        one("pad", length="{{ n1.n | plus: 12 }}", fill="{{ n1.sep }}"),
    )

    assert await result_of("a;b", *operations, n1=n1) == "a2<b>a2<b>;;;;"


UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def test_a_pattern_may_be_a_template_beside_a_plain_group() -> None:
    assert await result_of("a1", one("regex_extract", pattern="{{ n1 }}", group=1), n1="([0-9])") == "1"


async def test_random_texts_need_no_input() -> None:
    made = [
        (await output_of("string_transform", {"operations": [operation]}))["result"]
        for operation in ("uuid", "random", "password", one("random", length=6, alphabet="ab"))
    ]

    assert UUID4.fullmatch(str(made[0]))
    assert re.fullmatch("[A-Za-z0-9]{16}", str(made[1]))
    assert len(str(made[2])) == 24
    assert re.fullmatch("[ab]{6}", str(made[3]))


@pytest.mark.parametrize("operation", ["uuid", "random", "password"])
async def test_random_texts_differ(operation: str) -> None:
    assert await result_of("x", operation) != await result_of("x", operation)


CLASSES = {
    "uppercase": string.ascii_uppercase,
    "lowercase": string.ascii_lowercase,
    "digits": string.digits,
    "symbols": "!#$%&*+-.:=?@_",
}


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(CLASSES)), min_size=1), st.integers(8, 40))
async def test_a_password_has_each_class_that_it_should_have_and_no_other(chosen: set[str], length: int) -> None:
    wanted: dict[str, JsonValue] = {name: name in chosen for name in CLASSES}

    made = str(await result_of("", one("password", length=length, **wanted)))

    assert len(made) == length
    assert {name for name, characters in CLASSES.items() if set(characters) & set(made)} == chosen
    assert set(made) <= set("".join(CLASSES.values()))
