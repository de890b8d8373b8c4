"""Which tokens are accepted, and every reason for which one is refused."""

import pytest
from jose import jws

from app.auth.errors import TokenExpiredError, TokenInvalidError
from app.auth.issuers import Issuers
from app.auth.tokens import TokenVerifier
from tests.fixtures.clock import ManualClock
from tests.unit.auth.conftest import HS
from tests.unit.auth.material import (
    AUDIENCE,
    EC_KEY,
    EXP,
    ISSUER,
    OTHER_RSA_KEY,
    RSA_KEY,
    SECRET,
    by_hand,
    claims,
    es256,
    hs256,
    public_pem,
    rs256,
    segment,
    signer,
)


async def refusal(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(TokenInvalidError) as caught:
        await verifier.verify(token)
    assert caught.value.code == "token_invalid"
    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}
    return caught.value.message


@pytest.mark.parametrize("token", [hs256(iss=HS), hs256(iss=None), hs256(iss="https://else"), rs256(), es256()])
async def test_a_good_token_of_each_issuer_is_accepted(verifier: TokenVerifier, token: str) -> None:
    assert (await verifier.verify(token)).subject == "ann"


@pytest.mark.parametrize("changes", [{"aud": [AUDIENCE, "other"]}, {"exp": EXP + 0.5}, {"nbf": EXP - 3600, "iat": 1}])
async def test_the_forms_that_the_standard_allows_are_accepted(
    verifier: TokenVerifier, changes: dict[str, object]
) -> None:
    token = jws.sign(claims(**changes), signer(RSA_KEY, "RS256"), {"kid": "r1"}, "RS256")
    assert (await verifier.verify(token)).claims["org_id"] == "acme"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(hs256(exp=None), "no expiry", id="without exp"),
        pytest.param(hs256(exp="soon"), "exp is not a number", id="exp as text"),
        pytest.param(hs256(exp=True), "exp is not a number", id="exp as bool"),
        pytest.param(hs256(exp=[EXP]), "exp is not a number", id="exp as list"),
        pytest.param(hs256(nbf=EXP), "not valid yet", id="not yet valid"),
        pytest.param(hs256(nbf="x"), "nbf is not a number", id="nbf as text"),
        pytest.param(hs256(iat={}), "iat is not a number", id="iat as object"),
        pytest.param(hs256(sub=None), "sub is not a string", id="without sub"),
        pytest.param(hs256(sub=""), "sub is not a string", id="empty sub"),
        pytest.param(hs256(sub=7), "sub is not a string", id="sub as number"),
        pytest.param(hs256(sub="a" * 256), "sub is not a string", id="long sub"),
        pytest.param(hs256(sub="a\0b"), "printable", id="NUL in sub"),
        pytest.param(hs256(sub="a\nb"), "printable", id="line break in sub"),
        pytest.param(hs256(sub="\ud800"), "not a JSON object", id="lone surrogate in sub"),
        pytest.param(rs256(aud=None), "audience", id="without aud"),
        pytest.param(rs256(aud="other"), "audience", id="another aud"),
        pytest.param(rs256(aud=["other"]), "audience", id="other auds"),
        pytest.param(rs256(aud={AUDIENCE: 1}), "audience", id="aud as object"),
        pytest.param(hs256(iss=HS, aud=None), "audience", id="HS256 without aud where one is configured"),
        pytest.param(hs256(iss=7), "issuer (iss)", id="iss as number"),
        pytest.param(hs256(iss=["x"]), "issuer (iss)", id="iss as list"),
        pytest.param(hs256("another secret of the same forty bytes!!"), "signature", id="another secret"),
        pytest.param(rs256(OTHER_RSA_KEY), "signature", id="another RSA key"),
        pytest.param(rs256(kid="unknown"), "key (kid)", id="unknown kid"),
        pytest.param(rs256(kid=None), "key (kid)", id="no kid where there are several keys"),
        pytest.param(rs256(kid="e1"), "key (kid)", id="kid of a key of another kind"),
        pytest.param(hs256()[:-4], "signature", id="signature cut"),
        pytest.param(hs256(headers={"crit": ["b64"]}), "crit", id="crit"),
        pytest.param(hs256(headers={"jku": "https://evil"}), "jku", id="jku"),
        pytest.param(hs256(headers={"x5u": "https://evil"}), "x5u", id="x5u"),
        pytest.param(hs256(headers={"jwk": {"kty": "oct"}}), "jwk", id="jwk"),
        pytest.param(hs256(headers={"kid": 7}), "kid is not a string", id="kid as number"),
        pytest.param(hs256(headers={"kid": "k" * 256}), "kid is not a string", id="long kid"),
        pytest.param(hs256(pad="x" * 8000), "longer than 8192 bytes", id="too long"),
        pytest.param("", "not a JSON Web Token", id="nothing"),
        pytest.param("a.b", "not a JSON Web Token", id="two segments"),
        pytest.param(hs256() + ".x", "not a JSON Web Token", id="four segments"),
        pytest.param(hs256() + "=", "not a JSON Web Token", id="padding"),
        pytest.param(hs256() + "\n", "not a JSON Web Token", id="line break at the end"),
        pytest.param("é.é.é", "not a JSON Web Token", id="not ASCII"),
        pytest.param("a.a.a", "not a JSON Web Token", id="broken base64"),
        pytest.param(f"{segment([])}.{segment({})}.x", "header is not a JSON object", id="header as list"),
        pytest.param(by_hand({"alg": "HS256"}, ["sub"]), "payload is not a JSON object", id="payload as list"),
        pytest.param(by_hand({"alg": "HS256"}, b"\xff"), "payload is not a JSON object", id="payload not text"),
        pytest.param(by_hand({"alg": "HS256"}, b'{"exp":NaN}'), "payload is not a JSON object", id="NaN"),
        pytest.param(by_hand({"alg": "HS256", "x": [[]]}, claims(iss=None)), "nested", id="nested header"),
    ],
)
async def test_a_token_is_refused(verifier: TokenVerifier, token: str, reason: str) -> None:
    assert reason in await refusal(verifier, token)


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS384", "HS512", "RS512", "PS256", "dir", "", None, 256, ["HS256"]]
)
async def test_any_other_algorithm_is_refused(verifier: TokenVerifier, algorithm: object) -> None:
    token = by_hand({"alg": algorithm}, claims(iss=None))
    assert "algorithm" in await refusal(verifier, token)


async def test_an_unsigned_token_is_refused(verifier: TokenVerifier) -> None:
    token = f"{segment({'alg': 'none'})}.{segment(claims(iss=None))}.AA"
    assert "algorithm" in await refusal(verifier, token)


async def test_a_public_key_does_not_serve_as_hmac_secret(verifier: TokenVerifier) -> None:
    payload = claims()
    signed = f"{segment({'alg': 'HS256', 'kid': 'r1'})}.{segment(payload)}"
    forged = by_hand({"alg": "HS256", "kid": "r1"}, payload, secret=public_pem(RSA_KEY).decode()[27:-26])
    assert forged.startswith(signed)
    assert "algorithm" in await refusal(verifier, forged)


async def test_an_issuers_key_does_not_vouch_for_another_issuer(verifier: TokenVerifier) -> None:
    assert "algorithm" in await refusal(verifier, rs256(iss=HS))
    assert "algorithm" in await refusal(verifier, hs256(iss=ISSUER))


async def test_an_ec_signature_under_an_rsa_kid_is_refused(verifier: TokenVerifier) -> None:
    token = jws.sign(claims(), signer(EC_KEY, "ES256"), {"kid": "r1"}, "ES256")
    assert "kid" in await refusal(verifier, token)


async def test_expiry_has_a_leeway_of_thirty_seconds(verifier: TokenVerifier, clock: ManualClock) -> None:
    clock.advance(3600 + 29)
    assert (await verifier.verify(hs256())).subject == "ann"


async def test_a_token_past_the_leeway_has_expired(verifier: TokenVerifier, clock: ManualClock) -> None:
    clock.advance(3600 + 30)
    with pytest.raises(TokenExpiredError) as caught:
        await verifier.verify(hs256())
    assert caught.value.code == "token_expired"


async def test_a_token_may_be_thirty_seconds_early(verifier: TokenVerifier, clock: ManualClock) -> None:
    soon = int(clock.now().timestamp()) + 30
    assert (await verifier.verify(hs256(nbf=soon))).subject == "ann"


async def test_without_an_unnamed_issuer_a_token_without_iss_is_refused(verifier: TokenVerifier) -> None:
    named: Issuers = {name: issuer for name, issuer in verifier._issuers.items() if name}
    strict = TokenVerifier(named, ManualClock(), leeway_seconds=30)
    assert "issuer (iss)" in await refusal(strict, hs256(iss=None))


def test_the_secret_of_these_tests_is_long_enough_to_be_accepted() -> None:
    assert len(SECRET) >= 32
