"""Settings that would let strangers in refuse the start, each with a sentence."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.auth.issuers import build_issuers
from app.core.config import IssuerSettings
from app.core.errors import SetupError
from app.graph.ports import HttpAnswer, HttpCall
from tests.fixtures.clock import ManualClock
from tests.unit.auth.material import EC_KEY, RSA_KEY, SECRET, jwks, public_jwk, public_pem

JWKS = {"issuer": "https://sso", "audience": "virga", "algorithms": ["RS256"], "jwks_url": "https://sso/jwks"}


class Nowhere:
    """A port to the outside that nobody may use while the process starts."""

    async def call(self, call: HttpCall) -> HttpAnswer:
        raise AssertionError(call)


def build(*settings: dict[str, Any]) -> int:
    return len(build_issuers([IssuerSettings(**given) for given in settings], Nowhere(), ManualClock()))


@pytest.mark.parametrize(
    "settings",
    [
        [{"secret": SECRET}],
        [JWKS],
        [{**JWKS, "algorithms": ["RS256", "ES256"]}],
        [{**JWKS, "jwks_url": "http://sso.internal/jwks"}],
        [{"secret": SECRET}, {"secret": SECRET, "issuer": "a"}, JWKS],
    ],
)
def test_good_settings_are_accepted(settings: list[dict[str, Any]]) -> None:
    assert build(*settings) == len(settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ([], "without an issuer nobody could call"),
        ([{}], "exactly one of secret, jwks_url and jwks_file"),
        ([{**JWKS, "secret": SECRET}], "exactly one of"),
        ([{"secret": ""}], "has 0 bytes, but needs at least 32"),
        ([{"secret": "x" * 31}], "has 31 bytes, but needs at least 32"),
        ([{"secret": public_pem(RSA_KEY).decode()}], "is a public key or certificate"),
        ([{"secret": "\n" + public_pem(EC_KEY).decode()}], "is a public key or certificate"),
        ([{"secret": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG"}], "is a public key or certificate"),
        ([{"secret": '{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"1"}'}], "is a public key or certificate"),
        ([{"secret": SECRET, "algorithms": ["HS256", "RS256"]}], "can only be HS256"),
        ([{"secret": SECRET, "algorithms": ["RS256"]}], "can only be HS256"),
        ([{**JWKS, "algorithms": ["HS256"]}], "must be RS256, ES256 or both"),
        ([{**JWKS, "algorithms": ["HS256", "RS256"]}], "must be RS256, ES256 or both"),
        ([{**JWKS, "audience": None}], "must name both issuer and audience"),
        ([{**JWKS, "audience": ""}], "must name both issuer and audience"),
        ([{**JWKS, "issuer": None}], "must name both issuer and audience"),
        ([{**JWKS, "jwks_url": "file:///etc/jwks"}], "does not start with https:// or http://"),
        ([{"secret": SECRET}, {"secret": SECRET}], "names an issuer twice"),
    ],
)
def test_settings_that_let_strangers_in_refuse_the_start(settings: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(SetupError, match=sentence):
        build(*settings)


def test_a_key_set_file_is_read_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(jwks(public_jwk(RSA_KEY, "RS256", kid="r1")))
    assert build({**JWKS, "jwks_url": None, "jwks_file": file}) == 1


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"keys": [1]}', jwks(public_jwk(EC_KEY, "ES256"))])
def test_a_key_set_file_without_a_usable_key_refuses_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SetupError, match="jwks_file that cannot be used"):
        build({**JWKS, "jwks_url": None, "jwks_file": file})


def test_a_refusal_never_shows_the_secret() -> None:
    with pytest.raises(SetupError) as caught:
        build({"secret": SecretStr("only-this-short-secret")})
    assert "only-this" not in str(caught.value)
