"""What is kept of a sign-in, sealed: tokens for as long as the authorization lives, a sign-in's secrets for minutes."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.authorizations.grants import Grant
from app.core.crypto import Keyring, Sealed
from app.core.json import JsonObject, dumps, loads_object


@dataclass(frozen=True, slots=True)
class Tokens:
    """What calls are made with. Left out of `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only we know of a sign-in under way: the verifier of its code, the nonce of its id token."""

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


def state_hash(state: str) -> bytes:
    """Return what a sign-in is found by."""
    return hashlib.sha256(state.encode("utf-8", "replace")).digest()


def expiry(grant: Grant, now: datetime) -> datetime | None:
    """Return when the access token ends, None where the provider does not say."""
    return None if grant.expires_in is None else now + timedelta(seconds=grant.expires_in)


@dataclass(frozen=True, slots=True)
class Seals:
    """Seals and opens. What was sealed for one row opens for no other."""

    keyring: Keyring

    def seal_tokens(self, tokens: Tokens, org_id: str, authorization_id: str) -> Sealed:
        said: JsonObject = {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
        return self.keyring.encrypt(dumps(said).encode(), org_id=org_id, item_id=authorization_id)

    def open_tokens(self, sealed: Sealed, org_id: str, authorization_id: str) -> Tokens:
        """Return the tokens. Raises `DecryptionError`."""
        said = self._open(sealed, org_id, authorization_id)
        refresh_token = said["refresh_token"]
        return Tokens(str(said["access_token"]), None if refresh_token is None else str(refresh_token))

    def seal_secrets(self, secrets: Secrets, org_id: str, hashed: bytes) -> Sealed:
        said: JsonObject = {"verifier": secrets.verifier, "nonce": secrets.nonce}
        return self.keyring.encrypt(dumps(said).encode(), org_id=org_id, item_id=_state_id(hashed))

    def open_secrets(self, sealed: Sealed, org_id: str, hashed: bytes) -> Secrets:
        """Return the secrets. Raises `DecryptionError`."""
        said = self._open(sealed, org_id, _state_id(hashed))
        return Secrets(str(said["verifier"]), str(said["nonce"]))

    def _open(self, sealed: Sealed, org_id: str, item_id: str) -> JsonObject:
        return loads_object(self.keyring.decrypt(sealed, org_id=org_id, item_id=item_id))


def _state_id(hashed: bytes) -> str:
    return f"state:{hashed.hex()}"
