"""From an Authorization header to a caller: organization, scopes, and how long a token is remembered."""

import pytest

from app.auth.callers import Caller
from app.auth.errors import TokenExpiredError, TokenInvalidError, TokenMissingError
from app.auth.issuers import Issuer
from app.auth.key_sets import SharedSecret
from app.auth.keys import hmac_key
from app.auth.scopes import SCOPES, granted_scopes
from app.auth.service import CACHE_ENTRIES, Authenticator
from app.auth.tokens import TokenVerifier, Verified
from app.core.config import AuthSettings
from tests.fixtures.clock import ManualClock
from tests.unit.auth.material import NO_KEYS, SECRET, by_hand, claims, hs256


class CountingVerifier(TokenVerifier):
    """Counts how often a token was really verified."""

    verified = 0

    async def verify(self, token: str) -> Verified:
        self.verified += 1
        return await super().verify(token)


@pytest.fixture
def counting(clock: ManualClock) -> CountingVerifier:
    issuer = Issuer(None, None, frozenset({"HS256"}), SharedSecret(hmac_key(SECRET)))
    return CountingVerifier({None: issuer}, clock, leeway_seconds=30)


@pytest.fixture
def authenticator(counting: CountingVerifier, clock: ManualClock) -> Authenticator:
    return Authenticator(counting, NO_KEYS, AuthSettings(), clock)


async def caller_of(authenticator: Authenticator, **changes: object) -> Caller:
    token = by_hand({"alg": "HS256"}, claims(**{"iss": None, **changes}))
    return await authenticator.authenticate([f"Bearer {token}"])


async def test_the_organization_comes_from_its_claim(authenticator: Authenticator) -> None:
    caller = await caller_of(authenticator, jti="t1")
    assert (caller.org_id, caller.subject, caller.scopes, caller.token_id) == ("acme", "ann", SCOPES, "t1")


async def test_without_an_organization_the_subject_is_its_own(authenticator: Authenticator) -> None:
    assert (await caller_of(authenticator, org_id=None)).org_id == "ann"


async def test_the_claim_of_the_organization_is_a_setting(counting: CountingVerifier, clock: ManualClock) -> None:
    authenticator = Authenticator(counting, NO_KEYS, AuthSettings(org_claim="https://claims/tenant"), clock)
    assert (await caller_of(authenticator, **{"https://claims/tenant": "umbrella"})).org_id == "umbrella"


@pytest.mark.parametrize("org_id", [7, True, "", ["acme"], {"id": 1}, "a\0b", "a" * 256, " \n"])
async def test_an_organization_that_is_no_name_is_refused(authenticator: Authenticator, org_id: object) -> None:
    with pytest.raises(TokenInvalidError, match="its org_id is not a string"):
        await caller_of(authenticator, org_id=org_id)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"audit:read"}),
        ({"scope": "openid profile"}, {"audit:read"}),
        ({"scope": ""}, {"audit:read"}),
        ({"scp": []}, {"audit:read"}),
        ({"scope": "openid workflows:read"}, {"workflows:read"}),
        ({"scope": ["workflows:read", "x"]}, {"workflows:read"}),
        ({"scp": "vault:read  vault:write"}, {"vault:read", "vault:write"}),
        ({"permissions": ["workflows:execute"]}, {"workflows:execute"}),
        ({"scope": "openid", "permissions": ["workflows:execute"]}, {"workflows:execute"}),
        ({"scope": "workflows:read", "scp": ["vault:read"]}, {"workflows:read", "vault:read"}),
        ({"scope": "workflows:*"}, {"audit:read"}),
        ({"scope": "WORKFLOWS:READ"}, {"audit:read"}),
    ],
)
def test_scopes_are_read_from_any_of_three_claims(given: dict[str, object], expected: set[str]) -> None:
    assert granted_scopes(given, frozenset({"audit:read"})) == expected  # type: ignore[arg-type] # JSON by eye


@pytest.mark.parametrize("value", [7, None, {"a": 1}, ["workflows:read", 7]])
async def test_a_scope_claim_of_another_kind_is_refused(authenticator: Authenticator, value: object) -> None:
    claim = {"permissions": value} if value is not None else {"permissions": {}}
    with pytest.raises(TokenInvalidError, match="permissions is neither a string nor a list"):
        await caller_of(authenticator, **claim)


@pytest.mark.parametrize(
    "authorization", [[], [""], ["Bearer"], ["Bearer "], ["Basic YTpi"], ["bearer-token x"], [hs256()]]
)
async def test_a_header_without_a_bearer_token_counts_as_missing(
    authenticator: Authenticator, authorization: list[str]
) -> None:
    with pytest.raises(TokenMissingError) as caught:
        await authenticator.authenticate(authorization)
    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_written_in_any_case(authenticator: Authenticator, scheme: str) -> None:
    assert (await authenticator.authenticate([f"{scheme} {hs256()}"])).subject == "ann"


async def test_two_authorization_headers_are_refused(authenticator: Authenticator) -> None:
    with pytest.raises(TokenInvalidError, match="several"):
        await authenticator.authenticate([f"Bearer {hs256()}"] * 2)


async def test_a_token_is_verified_once_a_minute(
    authenticator: Authenticator, counting: CountingVerifier, clock: ManualClock
) -> None:
    for _ in range(59):
        await caller_of(authenticator)
        clock.advance(1)
    assert counting.verified == 1
    clock.advance(1)
    await caller_of(authenticator)
    assert counting.verified == 2


async def test_a_remembered_token_still_expires(authenticator: Authenticator, clock: ManualClock) -> None:
    exp = int(clock.now().timestamp()) + 10
    await caller_of(authenticator, exp=exp)
    clock.advance(41)
    with pytest.raises(TokenExpiredError):
        await caller_of(authenticator, exp=exp)


async def test_a_refused_token_is_not_remembered(authenticator: Authenticator) -> None:
    for _ in range(2):
        with pytest.raises(TokenInvalidError):
            await authenticator.authenticate(["Bearer a.b.c"])
    assert not authenticator._remembered


async def test_no_more_tokens_are_remembered_than_the_limit(authenticator: Authenticator) -> None:
    for number in range(CACHE_ENTRIES + 5):
        authenticator._remember(number.to_bytes(4), Caller("o", "s", SCOPES), expires_at=float("inf"))
    assert len(authenticator._remembered) == CACHE_ENTRIES
    assert (0).to_bytes(4) not in authenticator._remembered
