"""What counts as a host's key, in whichever form somebody copies it."""

import base64
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.ssh_host_key import ALGORITHMS, HostKey


def blob(algorithm: str) -> bytes:
    return len(algorithm).to_bytes(4) + algorithm.encode() + b"\0\0\0\4key!"


def encoded(algorithm: str) -> str:
    return base64.b64encode(blob(algorithm)).decode()


LINE = f"ssh-ed25519 {encoded('ssh-ed25519')}"
FINGERPRINT = f"SHA256:{base64.b64encode(sha256(blob('ssh-ed25519')).digest()).decode().rstrip('=')}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_has_an_algorithm_and_a_fingerprint(algorithm: str) -> None:
    key = HostKey.parse(f"{algorithm} {encoded(algorithm)}")

    assert key == HostKey.of_public_key(algorithm, blob(algorithm))
    assert key.algorithm == algorithm
    assert key.fingerprint.startswith("SHA256:")


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"  {LINE}\n",
        f"{LINE} root@router of the office",
        f"router.example.com,192.0.2.1 {LINE}",
        f"[router.example.com]:2222 {LINE} comment",
    ],
)
def test_a_public_key_is_found_in_the_lines_that_it_is_copied_from(text: str) -> None:
    assert HostKey.parse(text) == HostKey(FINGERPRINT, LINE)


@pytest.mark.parametrize(
    "text",
    [FINGERPRINT, f" {FINGERPRINT}=\n", f"256 {FINGERPRINT} root@router (ED25519)"],
)
def test_a_fingerprint_is_found_in_the_lines_that_it_is_copied_from(text: str) -> None:
    key = HostKey.parse(text)

    assert (key.fingerprint, key.public_key, key.algorithm) == (FINGERPRINT, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 not*base64",
        f"ssh-ed25519 {encoded('ssh-rsa')}",
        f"ssh-ed25519 {base64.b64encode(blob('ssh-ed25519')[:15]).decode()}",
        f"ssh-dss {encoded('ssh-dss')}",
        f"ssh-ed25519-cert-v01@openssh.com {encoded('ssh-ed25519-cert-v01@openssh.com')}",
        f"@cert-authority *.example.com {LINE}",
        f"{LINE}\n{LINE}",
        f"{FINGERPRINT} {FINGERPRINT}",
        f"{LINE} {FINGERPRINT}",
        FINGERPRINT[:-1],
        FINGERPRINT.lower(),
        "MD5:43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'^"host_key" must be one public key such as'):
        HostKey.parse(text)


@given(st.text() | st.lists(st.sampled_from([LINE, FINGERPRINT, "ssh-rsa", "\n", "=", "é"])).map(" ".join))
def test_no_text_makes_it_stumble(text: str) -> None:
    with suppress(ValueError):
        assert HostKey.parse(text).fingerprint == FINGERPRINT
