"""`virga api` with a certificate: HTTPS of today, and nothing else on that port."""

import socket
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.workflows import workflow
from tests.fixtures.api_process import ApiProcess
from tests.fixtures.certificates import self_signed

PATIENCE_SECONDS = 10.0
OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]
PRESENT = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def api(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    folder = tmp_path_factory.mktemp("tls")
    self_signed(folder, "localhost")
    with ApiProcess(postgres_url, redis_url, folder / "server.pem") as process:
        yield process


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a certificate of somebody else."""
    self_signed(tmp_path, "localhost")
    return tmp_path / "server.pem"


def client_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a client that speaks this version alone, however weak the machine's policy finds it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = version
    if version in PRESENT:
        context.minimum_version = version
    else:
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def dial(api: ApiProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", api.port), timeout=PATIENCE_SECONDS)


def test_it_speaks_https(api: ApiProcess) -> None:
    assert api.post("/workflows", workflow())["name"] == "Test"


@pytest.mark.parametrize("version", PRESENT, ids=lambda version: version.name)
def test_present_versions_are_spoken_with_ciphers_that_authenticate(api: ApiProcess, version: ssl.TLSVersion) -> None:
    with dial(api) as plain, client_of(version).wrap_socket(plain) as secured:
        name, _, _ = secured.cipher() or ("", "", 0)
    assert "GCM" in name or "CHACHA20" in name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", OLD, ids=lambda version: version.name)
def test_old_versions_are_refused(api: ApiProcess, version: ssl.TLSVersion) -> None:
    with dial(api) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        client_of(version).wrap_socket(plain).close()


def test_plain_http_is_hung_up_on(api: ApiProcess) -> None:
    with dial(api) as plain:
        plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answered = bytearray()
        try:
            while received := plain.recv(4096):
                answered += received
        except ConnectionError:
            pass  # hung up without a word
    assert b"HTTP/" not in answered
    assert b"ok" not in answered


def test_it_goes_on_serving_after_those(api: ApiProcess) -> None:
    for said in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b""):
        with dial(api) as plain:
            plain.sendall(said)
    with urllib.request.urlopen(f"{api.url}/health/live", context=api.trusting) as answer:  # noqa: S310 -- loopback
        assert answer.status == 200


def test_browsers_are_told_to_stay_with_https(api: ApiProcess) -> None:
    with urllib.request.urlopen(f"{api.url}/health/live", context=api.trusting) as answer:  # noqa: S310 -- loopback
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_who_does_not_trust_the_certificate_is_not_served(api: ApiProcess, certificate: Path) -> None:
    other = ssl.create_default_context(cafile=certificate)
    with dial(api) as plain, pytest.raises(ssl.SSLCertVerificationError):
        other.wrap_socket(plain, server_hostname="localhost")
