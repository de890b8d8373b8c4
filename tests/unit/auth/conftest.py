"""A verifier with one issuer of each kind, on a clock that stands still."""

import pytest

from app.auth.issuers import Issuer
from app.auth.key_sets import JwkSet, SharedSecret
from app.auth.keys import hmac_key
from app.auth.tokens import TokenVerifier
from tests.fixtures.clock import ManualClock
from tests.unit.auth.material import AUDIENCE, EC_KEY, ISSUER, RSA_KEY, SECRET, jwks, public_jwk

HS = "https://hs.example"


class Published:
    """What an issuer's JWKS address answers, and how often it was asked."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self._answers = answers
        self.fetches = 0

    async def fetch(self) -> bytes:
        self.fetches += 1
        answer = self._answers[min(self.fetches, len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def verifier(clock: ManualClock) -> TokenVerifier:
    published = Published(jwks(public_jwk(RSA_KEY, "RS256", kid="r1"), public_jwk(EC_KEY, "ES256", kid="e1")))
    key_set = JwkSet(ISSUER, published.fetch, ("RS256", "ES256"), clock)
    shared = SharedSecret(hmac_key(SECRET))
    issuers = {
        ISSUER: Issuer(ISSUER, AUDIENCE, frozenset({"RS256", "ES256"}), key_set),
        HS: Issuer(HS, AUDIENCE, frozenset({"HS256"}), shared),
        None: Issuer(None, None, frozenset({"HS256"}), shared),
    }
    return TokenVerifier(issuers, clock, leeway_seconds=30)
