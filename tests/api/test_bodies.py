"""How bodies are announced and read."""

import gzip
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidRequestError
from app.http.error_answers import ErrorAnswers
from app.http.json_body import MAX_DEPTH, parse_json
from tests.api.probe import PUBLIC_URL

THING = b'{"name": "a"}'


@pytest.mark.parametrize(
    "announced",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json; charset=us-ascii; x=y",
        "application/vnd.api+json",
    ],
)
async def test_json_is_accepted_as_it_is_announced(probe: httpx.AsyncClient, announced: str) -> None:
    answer = await probe.post("/things", content=THING, headers={"content-type": announced})
    assert answer.json()["name"] == "a"


async def test_json_without_an_announcement_is_accepted(probe: httpx.AsyncClient) -> None:
    assert (await probe.post("/things", content=THING)).status_code == 200


@pytest.mark.parametrize(
    "announced",
    [
        "text/plain",
        "text/json",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "",
        ";",
        "application/",
    ],
)
async def test_anything_else_is_415(probe: httpx.AsyncClient, announced: str) -> None:
    answer = await probe.post("/things", content=THING, headers={"content-type": announced})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_curl_without_a_header_is_told_what_to_add(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", content=THING, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert "-H 'Content-Type: application/json'" in answer.json()["message"]


async def test_a_compressed_body_is_415(probe: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert (await probe.post("/things", content=gzip.compress(THING), headers=headers)).status_code == 415


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}, {"content-type": "text/plain"}])
async def test_an_optional_body_may_be_left_out(probe: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await probe.post("/maybe", headers=headers)).json() == {"value": None}


async def test_an_endpoint_can_see_the_bytes_as_they_were_sent(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/raw", content=THING + b"  ", headers={"content-type": "application/json"})
    assert answer.json() == {"value": "a: 15"}


async def test_of_duplicate_keys_the_last_wins(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", content=b'{"name": "a", "name": "b"}')
    assert answer.json()["name"] == "b"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name": NaN}', "NaN is not a JSON number."),
        (b'{"name": -Infinity}', "-Infinity is not a JSON number."),
        (b'{"name": 1e999}', "The number 1e999 is too large."),
        (b'{"name": 18446744073709551616}', "does not fit into 64 bits"),
        (b'{"name": -9223372036854775809}', "does not fit into 64 bits"),
        (b'{"name": ' + b"9" * 5_000 + b"}", "does not fit into 64 bits"),
        (b'{"name": "a\\u0000b"}', "has a NUL character"),
        (b'{"a\\u0000b": 1}', "has a NUL character"),
        (b'{"name": "\\ud800"}', "half of a surrogate pair"),
        (b'{"name": "\\udc00\\ud800"}', "half of a surrogate pair"),
        (b'{"name": "\xed\xa0\x80"}', "half of a surrogate pair"),
        (b"[" * 101 + b"]" * 101, "nested more than 100 levels deep"),
        (b"[" * 300 + b'"\\ud800"' + b"]" * 300, "nested more than 100 levels deep"),
        (b"[" * 2_000 + b"]" * 2_000, "nested more than 100 levels deep"),
        (b'{"a":' * 4_000 + b"1" + b"}" * 4_000, "nested more than 100 levels deep"),
    ],
)
def test_json_that_could_not_be_kept_is_422(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_json(body)
    assert caught.value.status == 422
    assert message in caught.value.message
    assert caught.value.faults


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xff", "The body is not UTF-8."),
        (b'{"a": "\xc3("}', "The body is not UTF-8."),
        (b"{", "expecting property name"),
        (b"[1,]", "line 1, column"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": "\n"}', "invalid control character"),
        (b"\xef\xbb\xbf{}", "utf-8 bom"),
        (b" ", "expecting value"),
        (b"[" * 5_000, ""),
        (json.dumps("x").encode("utf-16"), "The body is not UTF-8."),
    ],
)
def test_what_is_no_json_is_400(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_json(body)
    assert caught.value.status in {400, 422}
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b'{"nodes": [{"id": "a"}, {"id": "b\\u0000", "x": "\\\\u0000"}]}', ["nodes[1].id"]),
        (b'{"nodes": [{"data": {"concurrency": 18446744073709551616}}]}', ["nodes[0].data.concurrency"]),
        (b'{"nodes": [{"data": {"value": [1, 1e999]}}]}', ["nodes[0].data.value[1]"]),
        (b'{"a": [NaN], "b": {"c": "\\ud800"}}', ["a[0]", "b.c"]),
        (b'{"a": {"\\u0000": 1, "\\ud800": 2}}', ["a", "a"]),
        (b'{"\\u0000": {"\\ud800": [NaN]}}', ["", "\ufffd", "\ufffd.\ufffd[0]"]),
        (b'"\\u0000\\ud800"', ["", ""]),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_place(body: bytes, places: list[str]) -> None:
    assert [fault.path for fault in refused(body).faults] == places


def test_the_message_says_where_a_number_stands_and_what_to_do() -> None:
    expected = f"a.b: The integer {'9' * 30}… does not fit into 64 bits; send it as a string."
    assert refused(b'{"a": {"b": ' + b"9" * 31 + b"}}").message == expected


@pytest.mark.parametrize("unfit", [b'"\\u0000"', b'"\\ud800"', b"NaN", b"99999999999999999999"])
def test_an_answer_stays_short_however_long_the_keys_of_what_is_refused(unfit: bytes) -> None:
    error = refused(b'{"' + b"k" * 100_000 + b'": [' + b",".join([unfit] * 1_000) + b"]}")
    assert len(ErrorAnswers(PUBLIC_URL).response(error).body) < 50_000


async def test_half_of_a_surrogate_pair_in_a_key_is_answered_like_any_fault(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", content=b'{"\\ud800": [NaN]}')
    assert (answer.status_code, [fault["path"] for fault in answer.json()["errors"]]) == (422, ["", "\ufffd[0]"])


def refused(body: bytes) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        parse_json(body)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 18446744073709551615, "b": -9223372036854775808}',
        b'{"a": "99999999999999999999999999"}',
        b'{"a": 0.12345678901234567890123, "b": 1e300}',
        b'{"a": "\\\\u0000"}',
        b'"\\ud83d\\ude00"',
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b"[" + b"[]," * 500 + b"[]]",
        b"null",
        b"0",
    ],
)
def test_unusual_json_is_read_like_any_other(body: bytes) -> None:
    assert parse_json(body) == json.loads(body)


TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
)


@given(JSON, st.booleans())
def test_whatever_can_be_kept_is_read_unchanged(value: object, ascii_only: bool) -> None:  # noqa: FBT001 -- drawn
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0d8 eE-.1NaInfity').map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_sentence(body: bytes) -> None:
    try:
        parse_json(body)
    except InvalidRequestError as refused:
        body = refused.message.encode()
    assert body is not None
