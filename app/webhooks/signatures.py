"""Whether a call's signature is that of its body, in the ways that senders sign. Nothing here reads or waits.

Sources: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries,
https://docs.stripe.com/webhooks#verify-manually, https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.nodes.webhook_trigger import Scheme, Verification
from app.webhooks.errors import SignatureInvalidError

DEFAULT_TOLERANCE_SECONDS = 300
SLACK_TIME_HEADER = "X-Slack-Request-Timestamp"

Headers = Mapping[str, str]  # names in lower case

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_BASE64_LENGTH = 44  # of 32 bytes
_SECONDS = re.compile(r"[0-9]{1,12}")
_FORMS = {
    "hmac_sha256": "the HMAC-SHA256 of the body, in hexadecimal or base64",
    "github": "sha256= and 64 hexadecimal digits",
    "stripe": "t=<seconds>,v1=<64 hexadecimal digits>",
    "slack": "v0= and 64 hexadecimal digits",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call says of itself: digests, one of which has to fit, the time, and what was signed before the body."""

    digests: tuple[bytes, ...]
    sent_at: int | None = None
    prefix: bytes = b""

    def check(self, secret: bytes, body: bytes) -> None:
        """Raise `SignatureInvalidError` unless a digest is the one that `secret` makes of the body."""
        expected = hmac.digest(secret, self.prefix + body, "sha256")
        if not any([hmac.compare_digest(expected, digest) for digest in self.digests]):  # noqa: C419 -- as long for all
            raise SignatureInvalidError("The signature is not that of this body under the webhook's secret.")

    def check_age(self, now: datetime, tolerance_seconds: int) -> None:
        """Raise `SignatureInvalidError` for what was sent too long ago, or comes from the future."""
        if self.sent_at is not None and abs(now.timestamp() - self.sent_at) > tolerance_seconds:
            raise SignatureInvalidError(
                f"The call says that it was made more than {tolerance_seconds} seconds before or after now;"
                " it may be a repetition."
            )


@dataclass(frozen=True, slots=True)
class _Signing:
    """Where a scheme has its signature, and how it is read; None where it has another form."""

    header: str
    read: Callable[[str, Headers], Claim | None]


def header_of(verification: Verification) -> str:
    """Return the header that carries the signature."""
    return verification.header or _SCHEMES[verification.scheme].header


def read_claim(verification: Verification, headers: Headers) -> Claim:
    """Return what the headers claim. Raises `SignatureInvalidError` where they claim nothing, or not as they should."""
    header = header_of(verification)
    written = headers.get(header.lower())
    if not written:
        raise SignatureInvalidError(f'The header "{header}" with the signature is missing.')
    claim = _SCHEMES[verification.scheme].read(written.strip(), headers)
    if claim is None:
        raise SignatureInvalidError(f'The header "{header}" does not have the form {_FORMS[verification.scheme]}.')
    return claim


def _read_plain(written: str, _: Headers) -> Claim | None:
    digest = written.removeprefix("sha256=")
    decoded = _from_hex(digest) or _from_base64(digest)
    return Claim((decoded,)) if decoded else None


def _read_github(written: str, _: Headers) -> Claim | None:
    digest = _from_hex(written.removeprefix("sha256=")) if written.startswith("sha256=") else None
    return Claim((digest,)) if digest else None


def _read_stripe(written: str, _: Headers) -> Claim | None:
    """Read `t=…,v1=…,v1=…`: while a secret is being replaced there is a signature for each. Other versions are none."""
    parts = [part.strip().partition("=") for part in written.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [_from_hex(value) for name, _, value in parts if name == "v1"]
    known = tuple(digest for digest in digests if digest)
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not known:
        return None
    return Claim(known, int(times[0]), f"{times[0]}.".encode())


def _read_slack(written: str, headers: Headers) -> Claim | None:
    seconds = headers.get(SLACK_TIME_HEADER.lower(), "")
    if not _SECONDS.fullmatch(seconds):
        raise SignatureInvalidError(f'The header "{SLACK_TIME_HEADER}" with the time in seconds is missing.')
    digest = _from_hex(written.removeprefix("v0=")) if written.startswith("v0=") else None
    return Claim((digest,), int(seconds), f"v0:{seconds}:".encode()) if digest else None


def _from_hex(text: str) -> bytes | None:
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _from_base64(text: str) -> bytes | None:
    if len(text) != _BASE64_LENGTH:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


_SCHEMES: Mapping[Scheme, _Signing] = {
    "hmac_sha256": _Signing("X-Signature", _read_plain),
    "github": _Signing("X-Hub-Signature-256", _read_github),
    "stripe": _Signing("Stripe-Signature", _read_stripe),
    "slack": _Signing("X-Slack-Signature", _read_slack),
}
