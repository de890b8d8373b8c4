"""What is read of a token endpoint's answer, and what is not believed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.authorizations.grants import MAX_TOKEN_CHARACTERS, RefusedError, read_grant
from app.core.json import dumps
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.ports import HttpAnswer

TOKENS = {"access_token": "at", "token_type": "Bearer"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def answer(body: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, "", {}, body if isinstance(body, bytes) else dumps(body).encode())


def test_all_that_is_granted_is_read() -> None:
    grant = read_grant(answer({**TOKENS, "refresh_token": "rt", "id_token": "it", "scope": "a b", "expires_in": 60}))
    assert (grant.access_token, grant.refresh_token, grant.id_token) == ("at", "rt", "it")
    assert (grant.scope, grant.expires_in) == ("a b", 60)


def test_an_access_token_is_enough() -> None:
    grant = read_grant(answer(TOKENS))
    assert (grant.refresh_token, grant.id_token, grant.scope, grant.expires_in) == (None, None, None, None)


def test_tokens_are_in_no_text_about_them() -> None:
    assert "secret" not in repr(read_grant(answer({**TOKENS, "access_token": "secret", "refresh_token": "secret"})))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (3600, 3600),
        ("3600", 3600),
        (0, 0),
        (1.5, 1.5),
        (10**30, 316_224_000),
        ("9" * 400, None),
        (-1, None),
        ("-1", None),
        ("soon", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_duration_may_be_written_as_text(said: object, seconds: float | None) -> None:
    body = b'{"access_token":"at","token_type":"bearer","expires_in":' + str(said).encode() + b"}"
    given = answer(body) if isinstance(said, int) and said > 2**63 else answer({**TOKENS, "expires_in": said})
    assert read_grant(given).expires_in == seconds


@pytest.mark.parametrize("token", ["", "a\nb", "é", "a" * (MAX_TOKEN_CHARACTERS + 1), 5, None, ["a"]])
def test_what_no_header_could_carry_is_no_token(token: object) -> None:
    with pytest.raises(PermanentError, match="no bearer token"):
        read_grant(answer({**TOKENS, "access_token": token}))
    assert read_grant(answer({**TOKENS, "refresh_token": token})).refresh_token is None


@pytest.mark.parametrize("kind", ["mac", "", None, 5])
def test_only_bearer_tokens_are_taken(kind: object) -> None:
    with pytest.raises(PermanentError, match="no bearer token"):
        read_grant(answer({**TOKENS, "token_type": kind}))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 599])
def test_what_may_pass_is_temporary(status: int) -> None:
    with pytest.raises(TemporaryError, match=f"status {status}"):
        read_grant(answer({"error": "invalid_grant"}, status))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"error": "x" * 101}, "status 400"),
        ({"error": "a\nb"}, "status 400"),
        ({"error": 5}, "status 400"),
        ({}, "status 400"),
        (b"<html>", "status 400"),
        ([], "status 400"),
    ],
)
def test_a_refusal_has_the_providers_code(body: object, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_grant(answer(body, 400))
    assert caught.value.code == code


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff"])
def test_what_is_no_object_is_no_grant(body: bytes) -> None:
    with pytest.raises(PermanentError, match="is not a JSON object"):
        read_grant(answer(body))


@given(JSON | st.dictionaries(st.sampled_from(["access_token", "token_type", "expires_in", "error"]), JSON))
def test_any_json_is_a_grant_or_one_of_three_failures(body: object) -> None:
    for status in (200, 400, 500):
        with suppress(RefusedError, StepError):
            assert read_grant(answer(body, status)).access_token
