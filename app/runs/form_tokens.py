"""Tokens of forms: what a person must know to see and answer one. None is stored; they are made when they are shown."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from app.core.crypto import DecryptionError, Keyring
from app.core.json import dumps

PATH = "/workflows/interactions"

_TOKEN = "form-token"  # noqa: S105 -- what keys are derived for, not a secret
_SEAL = "form-seal"
_MAC_BYTES = 32
_SEAL_BYTES = 16
_CHARACTERS = 64  # of both, in base64

log = structlog.get_logger()


class FormPlace(NamedTuple):
    """The wait of a form: which attempt at which node of which run, inside iterators at which item."""

    run_id: str
    path: str
    node_id: str
    attempt: int


class IssuedToken(NamedTuple):
    """A token, and what is stored of it: its hash, to look it up by, and the key that makes it again."""

    hash: bytes
    key_id: str
    token: str


def token_hash(token: str) -> bytes:
    """Return what a token is looked up by."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Makes tokens: a code of the wait's place, which cannot be guessed, and a seal, by which our own are known.

    The seal tells a form that is closed, of which no row is left, from an address that never was one.
    """

    keyring: Keyring
    public_url: str

    def issue(self, place: FormPlace, key_id: str | None = None) -> IssuedToken:
        """Return what to store with a wait that begins, made by the primary key where none is given."""
        maker = key_id or self.keyring.primary_id
        token = self._token(place, maker)
        return IssuedToken(token_hash(token), maker, token)

    def url(self, place: FormPlace, key_id: str) -> str | None:
        """Return where the form can be answered; None where its key is not configured any more."""
        try:
            return self.url_of(self._token(place, key_id))
        except DecryptionError as error:
            log.warning("form_url_unavailable", run_id=place.run_id, node_id=place.node_id, error=str(error))
            return None

    def url_of(self, token: str) -> str:
        return f"{self.public_url}{PATH}/{token}"

    def is_ours(self, token: str) -> bool:
        """Say whether one of our keys has made it."""
        try:
            decoded = base64.b64decode(token, altchars=b"-_", validate=True) if len(token) == _CHARACTERS else b""
        except (binascii.Error, ValueError):  # not base64, or not ASCII
            return False
        code, seal = decoded[:_MAC_BYTES], decoded[_MAC_BYTES:]
        return any(hmac.compare_digest(seal, self._seal(code, key_id)) for key_id in self.keyring.key_ids)

    def _token(self, place: FormPlace, key_id: str) -> str:
        step = place._replace(attempt=1)  # whichever attempt it is: what an earlier one has sent stays good
        code = self.keyring.mac(dumps([*step]).encode(), purpose=_TOKEN, key_id=key_id)
        return base64.urlsafe_b64encode(code + self._seal(code, key_id)).decode()

    def _seal(self, code: bytes, key_id: str) -> bytes:
        return self.keyring.mac(code, purpose=_SEAL, key_id=key_id)[:_SEAL_BYTES]
