"""Secrets are found by their values, however others spell them, and nothing else is touched."""

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps
from app.graph.redaction import LEAST_CHARACTERS, MASK, Masker

SECRET = 'pä/s+w"ör&d\\<1>'
KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

CHARACTERS = st.characters(exclude_categories=["Cs"])
LONG = st.text(CHARACTERS, min_size=LEAST_CHARACTERS, max_size=40)
SHORT = st.text(CHARACTERS, min_size=1, max_size=LEAST_CHARACTERS - 1)
TEXTS = st.text(CHARACTERS, max_size=20)


def base64_behind(count: int) -> Callable[[str], str]:
    return lambda secret: base64.b64encode(b"\xa5" * count + secret.encode() + b"\x5a" * 3).decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "plus signs": lambda secret: secret.replace(" ", "+"),
    "stripped": lambda secret: f" {secret}\n".strip(),
    "quote": quote,
    "quote all": lambda secret: quote(secret, safe=""),
    "quote plus": quote_plus,
    "JavaScript": lambda secret: quote(secret, safe="!'()*"),
    "json": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "json ascii": lambda secret: json.dumps(secret)[1:-1],
    "json of PHP": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "json of Go": lambda secret: (
        dumps(secret)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    ),
    "html": html.escape,
    "latin-1": lambda secret: secret.encode().decode("latin-1"),
    "lower case": str.lower,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "base64 without padding": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    "base64 in a URL": lambda secret: quote(base64.b64encode(secret.encode()).decode(), safe=""),
}
WITHIN = {f"base64 behind {count}": base64_behind(count) for count in range(4)}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("secret", [SECRET, KEY, "\U0001f511 keys"])
def test_each_spelling_is_masked_wherever_it_stands(spell: Callable[[str], str], secret: str) -> None:
    masker, spelt = Masker(["other secret", secret]), spell(secret)
    assert masker.text(spelt) == MASK
    assert masker.text(f"({spelt}) and ({spelt})") == f"({MASK}) and ({MASK})"
    assert masker.mask({f"a({spelt})": [spelt, {"b": f"-{spelt}"}]}) == {f"a({MASK})": [MASK, {"b": f"-{MASK}"}]}


LINES = ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW", "QyNTUxOQAAACB1/2+3cnQ6Pg==")
PRIVATE_KEY = "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *LINES, "-----END OPENSSH PRIVATE KEY-----", ""])


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        (PRIVATE_KEY, MASK),
        (PRIVATE_KEY.strip(), MASK),
        (f"key: {PRIVATE_KEY}.", f"key: {MASK}."),
        (json.dumps(PRIVATE_KEY), f'"{MASK}"'),
        ("\r\n".join(LINES), f"{MASK}\r\n{MASK}"),
        ("".join(LINES), MASK),
        (f"  {LINES[1]}", f"  {MASK}"),
        (LINES[1].replace("/", "\\/"), MASK),
    ],
)
def test_a_private_key_is_masked_as_a_whole_and_line_by_line(shown: str, masked: str) -> None:
    assert Masker([PRIVATE_KEY]).text(shown) == masked


def test_what_all_private_keys_have_in_common_is_no_secret() -> None:
    common = "-----BEGIN OPENSSH PRIVATE KEY-----"
    assert Masker([PRIVATE_KEY]).text(common) == common


def test_the_lines_of_other_secrets_are_no_secrets_of_their_own() -> None:
    assert Masker(["first line of many\nsecond line of many"]).text("first line of many") == "first line of many"


@pytest.mark.parametrize("spell", [quote, lambda secret: quote(secret, safe="")])
def test_escapes_may_be_in_small_letters(spell: Callable[[str], str]) -> None:
    spelt = spell("a/ö b/ö").replace("%C3%B6", "%c3%b6").replace("%2F", "%2f")
    assert Masker(["a/ö b/ö"]).text(spelt) == MASK
    assert Masker(["äöüäöü"]).text(r"\u00E4\u00F6\u00FC" * 2) == MASK


@pytest.mark.parametrize("spell", WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize("secret", [SECRET, KEY, "secret", "secrets", "secretss"])
def test_within_other_data_in_base64_all_but_its_ends_is_masked(spell: Callable[[str], str], secret: str) -> None:
    spelt = spell(secret)
    before, after = Masker([secret]).text(spelt).split(MASK)
    assert len(before) <= 5
    assert len(after.rstrip("=")) <= 5
    assert spelt.startswith(before)
    assert spelt.endswith(after)


@given(secret=LONG, before=TEXTS, after=TEXTS, spell=st.sampled_from(list(SPELLINGS.values())))
def test_no_spelling_of_any_secret_survives(secret: str, before: str, after: str, spell: Callable[[str], str]) -> None:
    spelt = spell(secret)
    assume(len(spelt) >= LEAST_CHARACTERS)
    masked = dumps(Masker([secret]).mask({before + spelt + after: [before + spelt + after]}))
    survivors = {spelt, dumps(spelt)[1:-1]} - {MASK}
    assert not any(survivor in masked for survivor in survivors)


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(value=JSON, secret=LONG)
def test_after_masking_any_json_holds_no_secret(value: JsonValue, secret: str) -> None:
    planted: JsonValue = {"value": value, secret: [secret, {"x": f"{secret}{secret}"}]}
    masked = Masker([secret]).mask(planted)
    assert secret not in dumps(masked)
    assert Masker([secret]).mask(masked) == masked


@given(value=JSON, secrets=st.lists(st.uuids().map(str), max_size=3))
def test_what_holds_no_secret_comes_back_the_same(value: JsonValue, secrets: list[str]) -> None:
    assert dumps(Masker(secrets).mask(value)) == dumps(value)


@given(secret=SHORT, before=TEXTS, after=TEXTS)
def test_a_short_secret_is_masked_only_as_a_whole_text(secret: str, before: str, after: str) -> None:
    masker = Masker([secret])
    assert masker.mask([secret, {secret: secret}]) == [MASK, {MASK: MASK}]
    around = f"{before}{secret}{after}"
    assert masker.text(around) == (MASK if around in {secret, secret.strip()} else around)


@pytest.mark.parametrize(
    ("secret", "value", "masked"),
    [
        ("123456", 123456, MASK),
        ("123456", -9123456.5, MASK),
        ("123456", 12345, 12345),
        ("12345", 12345, 12345),
        ("12345", "12345", MASK),
        ("1234.5", [1234.5, True, None], [MASK, True, None]),
        ("1234.5", {"1234.5": 1234.5}, {MASK: MASK}),
        ("abcdef", 123456, 123456),
    ],
)
def test_a_secret_that_is_a_number_is_masked_among_numbers(secret: str, value: JsonValue, masked: JsonValue) -> None:
    assert Masker([secret]).mask(value) == masked


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (["abcdef", "defghijkl"], "xabcdefghijklx", f"x{MASK}x"),
        (["abcdef", "abcdefgh"], "abcdefghi abcdefg", f"{MASK}i {MASK}g"),
        (["aaaaaa"], "aaaaaaaaab", f"{MASK}b"),
        (["abcdef", "ghijkl"], "abcdefghijkl", MASK),
        (["••••xx"], "••••xxxx", MASK),
        ([" secret "], "(secret) secret ", f"({MASK}){MASK}"),
        (["two\nlines"], "X: two lines", f"X: {MASK}"),
        ([""], "", ""),
        ([], "anything", "anything"),
    ],
)
def test_secrets_that_overlap_leave_nothing_behind(secrets: list[str], text: str, masked: str) -> None:
    assert Masker(secrets).text(text) == masked


def test_time_grows_with_the_text_and_hardly_with_the_number_of_secrets() -> None:
    """Half a mebibyte that looks like secrets all the way, under a hundred long secrets with one beginning."""
    secrets = [f"sk_live_{'a' * 1900}{number:03}" for number in range(100)]
    text = ("sk_live_" + "a" * 56) * 8192
    masker = Masker(secrets)
    began = time.process_time()
    assert masker.text(text) == text
    assert time.process_time() - began < 5  # a quadratic one takes minutes
