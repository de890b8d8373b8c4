"""Whatever is sent as a token, the answer is a refusal and never a crash."""

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from app.auth.callers import Caller
from app.auth.issuers import Issuer, Issuers
from app.auth.key_sets import SharedSecret
from app.auth.keys import UnusableKeyError, hmac_key, read_jwks
from app.auth.service import Authenticator
from app.auth.tokens import TokenVerifier
from app.core.config import AuthSettings
from app.core.errors import AuthenticationError
from tests.fixtures.clock import ManualClock
from tests.unit.auth.material import NO_KEYS, SECRET, by_hand, claims, hs256, segment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["sub", "exp", "nbf", "iat", "iss", "aud", "org_id", "scope", "scp", "permissions", "jti"])
HEADERS = st.sampled_from(["alg", "kid", "typ", "crit", "jku", "x5u", "jwk", "x5c", "zip", "b64", "cty"])


async def outcome(authorization: list[str]) -> Caller | None:
    """Return the caller, or None for an expected refusal."""
    clock = ManualClock()
    issuers: Issuers = {None: Issuer(None, None, frozenset({"HS256"}), SharedSecret(hmac_key(SECRET)))}
    authenticator = Authenticator(TokenVerifier(issuers, clock, 30), NO_KEYS, AuthSettings(), clock)
    try:
        return await authenticator.authenticate(authorization)
    except AuthenticationError:
        return None


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
async def test_any_text_is_refused(text: str) -> None:
    assert await outcome([f"Bearer {text}"]) is None


@given(st.lists(st.text(), max_size=3))
async def test_any_authorization_headers_are_refused(values: list[str]) -> None:
    assert await outcome(values) is None


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=40))
async def test_any_three_segments_are_refused(header: bytes, payload: bytes, signature: bytes) -> None:
    assert await outcome([f"Bearer {segment(header)}.{segment(payload)}.{segment(signature)}"]) is None


@given(st.dictionaries(HEADERS, JSON, max_size=4), st.dictionaries(NAMES, JSON, max_size=6))
async def test_signed_nonsense_never_crashes(header: dict[str, object], payload: dict[str, object]) -> None:
    token = by_hand({"alg": "HS256", **header}, {**claims(iss=None), **payload})
    caller = await outcome([f"Bearer {token}"])
    if caller is not None:
        assert all(name.isprintable() and 0 < len(name) < 256 for name in (caller.org_id, caller.subject))


@given(st.integers(0, 400), st.sampled_from("[{"))
async def test_deep_nesting_never_crashes(depth: int, bracket: str) -> None:
    deep = bracket * depth * 10
    header = f"{segment(deep.encode())}.{segment({})}.AA"
    payload = by_hand({"alg": "HS256"}, deep.encode())
    assert await outcome([f"Bearer {header}"]) is None
    assert await outcome([f"Bearer {payload}"]) is None


@given(st.integers(10**18, 10**400))
async def test_a_huge_expiry_never_crashes(exp: int) -> None:
    payload = json.dumps(claims(iss=None)).replace(str(claims()["exp"]), str(exp)).encode()
    await outcome([f"Bearer {by_hand({'alg': 'HS256'}, payload)}"])


@given(st.integers(0, 400), st.characters(exclude_categories=["Cs"]))  # a header has no surrogates
async def test_changing_one_character_never_lets_anybody_else_in(place: int, character: str) -> None:
    token = hs256(iss=None)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    caller = await outcome([f"Bearer {changed}"])
    assert caller is None or caller.subject == "ann"


@given(JSON | st.binary().map(bytes.hex), st.booleans())
def test_any_key_set_is_read_or_refused(value: object, wrapped: bool) -> None:  # noqa: FBT001 -- drawn
    with contextlib.suppress(UnusableKeyError):
        assert read_jwks(json.dumps({"keys": [value]} if wrapped else value).encode(), ["RS256"])


MEMBERS = st.sampled_from(["kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"])
KEY_WORDS = st.sampled_from(["RSA", "EC", "P-256", "AQAB", "sig", "RS256", "ES256"])


@given(st.dictionaries(MEMBERS, JSON | KEY_WORDS))
def test_any_key_is_read_or_left_out(entry: dict[str, object]) -> None:
    with contextlib.suppress(UnusableKeyError):
        assert read_jwks(json.dumps({"keys": [entry]}).encode(), ["RS256", "ES256"])
