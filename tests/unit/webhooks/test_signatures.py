"""Signatures of webhook calls: as the senders document them, and whatever else comes."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nodes.webhook_trigger import Verification
from app.webhooks.errors import SignatureInvalidError
from app.webhooks.signatures import header_of, read_claim
from tests.factories.webhooks import digest, sign

SCHEMES = ["hmac_sha256", "github", "stripe", "slack"]
TIMED = ["stripe", "slack"]
SECRET = "It's a Secret to Everybody"
BODY = b'{"order": 7}'
NOW = 1_531_420_618
HEX = digest(SECRET, BODY)


def verification(scheme: str, header: str | None = None) -> Verification:
    return Verification.model_validate({"scheme": scheme, "secret": "vlt_1", "header": header})


def check(scheme: str, headers: Mapping[str, str], body: bytes = BODY, secret: str = SECRET, now: float = NOW) -> None:
    """Check as the product does, with a tolerance of 300 seconds."""
    claim = read_claim(verification(scheme), {name.lower(): value for name, value in headers.items()})
    claim.check(secret.encode(), body)
    claim.check_age(datetime.fromtimestamp(now, UTC), 300)


def refusal(scheme: str, headers: Mapping[str, str], now: float = NOW) -> str:
    with pytest.raises(SignatureInvalidError) as caught:
        check(scheme, headers, now=now)
    return caught.value.message


def test_githubs_own_example_fits() -> None:
    header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    check("github", {"X-Hub-Signature-256": header}, b"Hello, World!", "It's a Secret to Everybody")


def test_slacks_own_example_fits() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    check("slack", headers, body, "8f742231b10e8888abcd99yyyzzz85a5")


def test_the_standards_own_example_fits() -> None:
    """RFC 4231, test case 2."""
    signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    check("hmac_sha256", {"X-Signature": signature}, b"what do ya want for nothing?", "Jefe")


@pytest.mark.parametrize("scheme", SCHEMES)
@given(secret=st.text(st.characters(codec="utf-8"), min_size=1), body=st.binary())
def test_what_the_sender_signs_fits(scheme: str, secret: str, body: bytes) -> None:
    check(scheme, sign(scheme, secret, body, NOW), body, secret)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(signed=st.binary(), sent=st.binary())
def test_a_signature_of_another_body_does_not(scheme: str, signed: bytes, sent: bytes) -> None:
    if signed != sent:
        with pytest.raises(SignatureInvalidError, match="not that of this body"):
            check(scheme, sign(scheme, SECRET, signed, NOW), sent)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(secret=st.text(st.characters(codec="utf-8")))
def test_a_signature_with_another_secret_does_not(scheme: str, secret: str) -> None:
    if secret != SECRET:
        with pytest.raises(SignatureInvalidError, match="not that of this body"):
            check(scheme, sign(scheme, secret, BODY, NOW), BODY)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(written=st.text(max_size=200), seconds=st.text(max_size=20))
def test_whatever_stands_in_the_headers_is_refused_with_a_sentence(scheme: str, written: str, seconds: str) -> None:
    headers = {header_of(verification(scheme)): written, "X-Slack-Request-Timestamp": seconds}
    message = refusal(scheme, headers)
    assert message.endswith(".")
    assert SECRET not in message


@pytest.mark.parametrize(
    "written",
    [
        HEX,
        HEX.upper(),
        f"sha256={HEX}",
        f" {HEX} ",
        base64.b64encode(bytes.fromhex(HEX)).decode(),
        "sha256=" + base64.b64encode(bytes.fromhex(HEX)).decode(),
    ],
)
def test_a_plain_signature_may_be_written_in_several_ways(written: str) -> None:
    check("hmac_sha256", {"X-Signature": written})


@pytest.mark.parametrize(
    "written", [f"sha1={HEX}", HEX[:-1], HEX + "0", "ü" * 44, "=" * 44, "g" * 64, f"{HEX}, {HEX}", "sha256="]
)
def test_a_plain_signature_of_another_form_is_refused(written: str) -> None:
    assert "does not have the form the HMAC-SHA256" in refusal("hmac_sha256", {"X-Signature": written})


@pytest.mark.parametrize("written", [HEX, f"sha1={HEX}", f"SHA256={HEX}", "sha256=", "sha256=" + "g" * 64])
def test_githubs_signature_has_one_form(written: str) -> None:
    assert "sha256= and 64 hexadecimal digits" in refusal("github", {"X-Hub-Signature-256": written})


V1 = digest(SECRET, f"{NOW}.".encode() + BODY)


@pytest.mark.parametrize(
    "written",
    [
        f"t={NOW},v1={V1}",
        f"t={NOW},v1={'0' * 64},v1={V1}",
        f"t={NOW},v1={V1},v1={'0' * 64}",
        f"t={NOW},v1={V1},v0={'0' * 64}",
        f"t={NOW},v1=short,v1={V1}",
        f"v1={V1}, t={NOW}",
    ],
)
def test_one_of_stripes_signatures_has_to_fit(written: str) -> None:
    check("stripe", {"Stripe-Signature": written})


@pytest.mark.parametrize(
    "written",
    [
        f"v1={V1}",
        f"t={NOW}",
        f"t={NOW},v0={V1}",
        f"t={NOW},t={NOW},v1={V1}",
        f"t=-{NOW},v1={V1}",
        f"t=,v1={V1}",
        f"t={'9' * 13},v1={V1}",
        f"t={NOW};v1={V1}",
    ],
)
def test_stripes_signature_of_another_form_is_refused(written: str) -> None:
    assert "t=<seconds>,v1=<64 hexadecimal digits>" in refusal("stripe", {"Stripe-Signature": written})


def test_stripes_older_kind_of_signature_is_none() -> None:
    older = f"t={NOW},v1={'0' * 64},v0={V1}"
    assert "not that of this body" in refusal("stripe", {"Stripe-Signature": older})


@pytest.mark.parametrize("seconds", ["", "yesterday", "-1", "1e9", "٣", "9" * 13])
def test_slacks_time_has_to_be_one(seconds: str) -> None:
    headers = {**sign("slack", SECRET, BODY, NOW), "X-Slack-Request-Timestamp": seconds}
    assert '"X-Slack-Request-Timestamp"' in refusal("slack", headers)


@pytest.mark.parametrize("written", [HEX, f"v1={HEX}", "v0="])
def test_slacks_signature_has_one_form(written: str) -> None:
    headers = {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": written}
    assert "v0= and 64 hexadecimal digits" in refusal("slack", headers)


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize("seconds", [-300, -299.5, 0, 299.5, 300])
def test_a_call_may_be_a_little_older_or_newer_than_the_clock(scheme: str, seconds: float) -> None:
    check(scheme, sign(scheme, SECRET, BODY, NOW), now=NOW + seconds)


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_call_from_another_time_is_refused(scheme: str, seconds: int) -> None:
    assert "more than 300 seconds" in refusal(scheme, sign(scheme, SECRET, BODY, NOW), now=NOW + seconds)


@pytest.mark.parametrize("scheme", TIMED)
def test_the_time_is_signed_too(scheme: str) -> None:
    old = sign(scheme, SECRET, BODY, NOW - 1000)
    renewed = {name: value.replace(str(NOW - 1000), str(NOW)) for name, value in old.items()}
    assert "not that of this body" in refusal(scheme, renewed)


@pytest.mark.parametrize("scheme", ["hmac_sha256", "github"])
def test_a_call_that_does_not_say_its_time_has_no_age(scheme: str) -> None:
    check(scheme, sign(scheme, SECRET, BODY), now=NOW + 1_000_000)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_missing_header_is_named(scheme: str) -> None:
    assert refusal(scheme, {}) == f'The header "{header_of(verification(scheme))}" with the signature is missing.'


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_signature_may_stand_in_another_header(scheme: str) -> None:
    headers = {name.lower(): value for name, value in sign(scheme, SECRET, BODY, NOW).items()}
    headers["x-own"] = headers.pop(header_of(verification(scheme)).lower())
    read_claim(verification(scheme, "X-Own"), headers).check(SECRET.encode(), BODY)
