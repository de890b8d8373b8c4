"""Private keys as people paste them, and those that cannot be read or would take too long."""

import base64
from contextlib import suppress
from typing import Any

import asyncssh
import pytest
from asyncssh.asn1 import der_decode, der_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graph.errors import PermanentError
from tests.fixtures.ssh_host import CLIENT_KEY, text_of
from worker.adapters.ssh.private_keys import MAX_CHARACTERS, MAX_ITERATIONS, MAX_ROUNDS, read_private_key

PLAIN, PKCS8 = text_of(CLIENT_KEY), text_of(CLIENT_KEY, "pkcs8-pem")
ENCRYPTED = text_of(CLIENT_KEY, "pkcs8-pem", "open sesame")
LOCKED = text_of(CLIENT_KEY, "openssh", "open sesame")
ECDSA = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
OLD = text_of(ECDSA, "pkcs1-pem", "open sesame")
UNREADABLE = (
    "the private key cannot be read: it must be the whole text of its file, in OpenSSH's or PEM form, with all of"
    ' its lines from "-----BEGIN" to "-----END"'
)
NEEDS_PASSPHRASE = 'the private key is encrypted; its passphrase belongs into "passphrase"'
TOO_LONG = "the private key is encrypted in a way that takes too long to decrypt"
TOO_MANY_ROUNDS = TOO_LONG + ': by more than 128 rounds; "ssh-keygen -p -a 24" makes it fewer'

# ssh-keygen -t ed25519 -a 16 -N 'open sesame'
OF_OPENSSH = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDdzkwC+V
YWqpfyPV4BV+Q3AAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIIzJUqvboL7JBeFG
oMo+n298ndTvxiAw6srt6hWNZ9MoAAAAkFS0ftXCzU54FCDpL8lbnd8F+9NW08W6wBzWaz
6d1i85Cjt8PZ8Nc6vgSbPG93iPHJPkhL6uTHkG3yFTygnDkVs9qvhfXYiuf17T6EJ6r5ae
U5xy+UNA939QpK/XoTQQb2udxziMyB7CdmlHGuECjcqvy2hH+P3qusF21Kls+lvGg/TA3h
Y1n1v1OyYvuelojA==
-----END OPENSSH PRIVATE KEY-----
"""
ITS_PUBLIC_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzJUqvboL7JBeFGoMo+n298ndTvxiAw6srt6hWNZ9Mo"


def armoured(data: bytes, kind: str) -> str:
    return f"-----BEGIN {kind} PRIVATE KEY-----\n{base64.encodebytes(data).decode()}-----END {kind} PRIVATE KEY-----"


def encrypted_with(iterations: int) -> str:
    """Return the encrypted key with another number of iterations in it."""
    parts: Any = der_decode(body_of(ENCRYPTED))
    (scheme, ((kdf, (salt, _, *rest)), cipher)), data = parts
    return armoured(der_encode(((scheme, ((kdf, (salt, iterations, *rest)), cipher)), data)), "ENCRYPTED")


def locked_with(rounds: int, options: bytes | None = None) -> str:
    """Return the encrypted key in OpenSSH's form with another number of rounds, or other options, in it."""
    data = body_of(LOCKED)
    start = data.index(b"bcrypt") + len(b"bcrypt")
    length = int.from_bytes(data[start : start + 4], "big")
    salt = data[start + 4 : start + length]
    new = salt + rounds.to_bytes(4, "big") if options is None else options
    return armoured(data[:start] + len(new).to_bytes(4, "big") + new + data[start + 4 + length :], "OPENSSH")


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
    assert refusal(key) == NEEDS_PASSPHRASE
    assert refusal(key, "wrong") == "the private key cannot be read with this passphrase"


@pytest.mark.parametrize(
    "cipher", ["aes256-cbc", "aes256-ctr", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"]
)
def test_a_key_in_opensshs_form_may_be_encrypted(cipher: str) -> None:
    key = text_of(CLIENT_KEY, "openssh", "open sesame", cipher)
    assert read_private_key(key, "open sesame").public_data == CLIENT_KEY.public_data
    assert refusal(key) == NEEDS_PASSPHRASE
    assert refusal(key, "wrong") == "the private key cannot be read with this passphrase"


def test_a_key_that_openssh_itself_has_encrypted_is_read() -> None:
    assert read_private_key(OF_OPENSSH, "open sesame").export_public_key().startswith(ITS_PUBLIC_KEY)


def test_a_key_whose_passphrase_takes_too_long_to_try_is_not_tried() -> None:
    assert read_private_key(encrypted_with(2_048), "open sesame").public_data == CLIENT_KEY.public_data
    assert refusal(encrypted_with(MAX_ITERATIONS + 1), "open sesame") == TOO_LONG
    assert refusal(encrypted_with(2**64), "open sesame") == TOO_LONG


def test_a_key_whose_passphrase_takes_too_many_rounds_to_try_is_not_tried() -> None:
    assert refusal(locked_with(MAX_ROUNDS), "open sesame") == "the private key cannot be read with this passphrase"
    assert refusal(locked_with(MAX_ROUNDS + 1), "open sesame") == TOO_MANY_ROUNDS
    assert refusal(locked_with(2**32 - 1), "open sesame") == TOO_MANY_ROUNDS


@pytest.mark.parametrize("options", [b"", b"x", bytes(4), bytes(8)], ids=["none", "cut", "no rounds", "0 rounds"])
def test_a_key_in_opensshs_form_whose_options_are_no_such_is_refused(options: bytes) -> None:
    assert refusal(locked_with(0, options), "open sesame").startswith("the private key cannot be read")


def beside_another(text: str) -> list[str]:
    """Return ways in which the library might read a key where a look at the first line saw none."""
    kind = text.splitlines()[0].split()[1]
    return [
        f"Bag Attributes\n{text}",
        f"-----BEGIN {kind} PRIVATE KEY-----\x0bx\n{text}",
        f"-----BEGIN {kind} PRIVATE KEY-----\x1c\n{text}",
        text.replace("BEGIN ", "BEGIN  ").replace("END ", "END  "),
        text.replace("KEY-----\n", "KEY-----\nA: b\n", 1),
        text.replace("KEY-----\n", "KEY-----\n\f", 1),
        text.replace("\n", "\r\n"),
        f"{PLAIN[:40]}\n{text}",
        f"{text}\n{PLAIN}",
        body_of(text).decode("latin-1"),
    ]


@pytest.mark.parametrize("way", range(len(beside_another(PLAIN))))
@pytest.mark.parametrize(
    "text", [encrypted_with(MAX_ITERATIONS + 1), locked_with(MAX_ROUNDS + 1)], ids=["PEM", "OpenSSH"]
)
def test_no_way_of_writing_a_key_gets_it_tried_for_longer(text: str, way: int) -> None:
    assert refusal(beside_another(text)[way], "open sesame") in (TOO_LONG, TOO_MANY_ROUNDS, UNREADABLE)


@pytest.mark.parametrize("text", [PLAIN, PKCS8, text_of(ECDSA, "pkcs1-pem")], ids=["OpenSSH", "PKCS#8", "PKCS#1"])
def test_what_stands_around_a_key_does_no_harm(text: str) -> None:
    around = read_private_key(f"Bag Attributes\n  x: y\n{text}\n# a note\n", None)
    assert around.public_data == read_private_key(text, None).public_data


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
    assert refusal(text) == UNREADABLE


@settings(deadline=None)
@given(
    st.text(max_size=200)
    | st.builds(armoured, st.binary(max_size=200), st.sampled_from(["OPENSSH", "ENCRYPTED", "RSA", "EC", "DSA", ""]))
    | st.builds(
        lambda text, at, new: text[:at] + new + text[at + 1 :],
        st.sampled_from([ENCRYPTED, LOCKED]),
        st.integers(0, 400),
        st.text(max_size=2),
    ),
    st.none() | st.text(max_size=5),
)
def test_no_text_makes_it_stumble(text: str, passphrase: str | None) -> None:
    with suppress(PermanentError):
        read_private_key(text, passphrase)
