"""Private keys as people paste them, and those that cannot be read or would take too long."""

import base64
from contextlib import suppress
from typing import Any

import asyncssh
import pytest
from asyncssh.asn1 import der_decode, der_encode
from hypothesis import given
from hypothesis import strategies as st

from app.graph.errors import PermanentError
from tests.fixtures.ssh_host import CLIENT_KEY, text_of
from worker.adapters.ssh.private_keys import MAX_CHARACTERS, MAX_ITERATIONS, read_private_key

PLAIN, PKCS8 = text_of(CLIENT_KEY), text_of(CLIENT_KEY, "pkcs8-pem")
ENCRYPTED = text_of(CLIENT_KEY, "pkcs8-pem", "open sesame")
ECDSA = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
OLD = text_of(ECDSA, "pkcs1-pem", "open sesame")
UNREADABLE = (
    "the private key cannot be read: it must be the whole text of its file, in OpenSSH's or PEM form, with all of"
    ' its lines from "-----BEGIN" to "-----END"'
)
TOO_LONG = "the private key is encrypted in a way that takes too long to decrypt"


def armoured(data: bytes, kind: str) -> str:
    return f"-----BEGIN {kind} PRIVATE KEY-----\n{base64.encodebytes(data).decode()}-----END {kind} PRIVATE KEY-----"


def encrypted_with(iterations: int) -> str:
    """Return the encrypted key with another number of iterations in it."""
    parts: Any = der_decode(body_of(ENCRYPTED))
    (scheme, ((kdf, (salt, _, *rest)), cipher)), data = parts
    return armoured(der_encode(((scheme, ((kdf, (salt, iterations, *rest)), cipher)), data)), "ENCRYPTED")


def body_of(text: str) -> bytes:
    return base64.b64decode("".join(text.splitlines()[1:-1]))


def refusal(text: str, passphrase: str | None = None) -> str:
    with pytest.raises(PermanentError) as caught:
        read_private_key(text, passphrase)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [PLAIN, PKCS8, PLAIN.strip(), f"\n  {PLAIN}\n\n", PLAIN.replace("\n", "\r\n"), PKCS8.replace("\n", "\r\n")],
    ids=["OpenSSH", "PEM", "no end of line", "blanks around", "lines of Windows", "PEM of Windows"],
)
def test_a_key_is_read_however_it_was_pasted(text: str) -> None:
    assert read_private_key(text, None).public_data == CLIENT_KEY.public_data


def test_a_passphrase_that_is_not_needed_does_no_harm() -> None:
    assert read_private_key(PLAIN, "open sesame").public_data == CLIENT_KEY.public_data


def test_a_key_in_pem_form_may_be_encrypted() -> None:
    assert read_private_key(ENCRYPTED, "open sesame").public_data == CLIENT_KEY.public_data
    assert read_private_key(OLD, "open sesame").public_data == ECDSA.public_data


@pytest.mark.parametrize("key", [ENCRYPTED, OLD], ids=["PKCS#8", "PKCS#1"])
def test_an_encrypted_key_needs_its_passphrase(key: str) -> None:
    assert refusal(key) == 'the private key is encrypted; its passphrase belongs into "passphrase"'
    assert refusal(key, "wrong") == "the private key cannot be read with this passphrase"


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_a_key_in_opensshs_form_that_is_encrypted_says_what_to_do(passphrase: str | None) -> None:
    key = armoured(b"openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt" + bytes(100), "OPENSSH")
    assert "take that off" in refusal(key, passphrase)


def test_a_key_whose_passphrase_takes_too_long_to_try_is_not_tried() -> None:
    assert read_private_key(encrypted_with(2_048), "open sesame").public_data == CLIENT_KEY.public_data
    assert refusal(encrypted_with(MAX_ITERATIONS + 1), "open sesame") == TOO_LONG
    assert refusal(encrypted_with(2**64), "open sesame") == TOO_LONG


def test_a_key_that_takes_too_long_to_check_is_not_checked() -> None:
    assert refusal("x" * (MAX_CHARACTERS + 1)) == "the private key is longer than 4,000 characters"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "ssh-ed25519 AAAA",
        PLAIN.replace("\n", " "),
        PLAIN[:-50],
        PLAIN.replace("OPENSSH", "DSA"),
        armoured(b"x", "OPENSSH"),
        armoured(b"x", "ENCRYPTED"),
        armoured(b"x", "RSA"),
        armoured(b"\x30\x80", "EC"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nü\n-----END ENCRYPTED PRIVATE KEY-----",
        "PuTTY-User-Key-File-3: ssh-ed25519\n",
    ],
)
def test_what_is_no_key_says_what_one_is(text: str) -> None:
    said = refusal(text)
    assert said == UNREADABLE or "take that off" in said


@given(
    st.text(max_size=200)
    | st.builds(armoured, st.binary(max_size=200), st.sampled_from(["OPENSSH", "ENCRYPTED", "RSA", "EC", "DSA", ""]))
    | st.builds(
        lambda text, at, new: text[:at] + new + text[at + 1 :],
        st.just(ENCRYPTED),
        st.integers(0, 300),
        st.text(max_size=2),
    ),
    st.none() | st.text(max_size=5),
)
def test_no_text_makes_it_stumble(text: str, passphrase: str | None) -> None:
    with suppress(PermanentError):
        read_private_key(text, passphrase)
