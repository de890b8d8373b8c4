"""Where the API listens, and how it is reached from this machine."""

import http.client
import socket
import ssl
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import SetupError

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- what these stand for when one calls oneself
_PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def url(self) -> str:
        """Return the base URL for callers on this machine."""
        host = _ANYWHERE.get(self.host, self.host)
        return f"{'https' if self.tls_cert else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def options(self) -> list[str]:
        """Return the command line options that name this address."""
        tls = {"cert": self.tls_cert, "key": self.tls_key}
        files = [f"--tls-{name}={file}" for name, file in tls.items() if file is not None]
        return [f"--host={self.host}", f"--port={self.port}", *files]

    def settled(self) -> "Address":
        """Return the address with a real port, which is free at the moment. Raises `SetupError`."""
        self.refuse_bad_tls()
        with self.listen() as listener:
            return replace(self, port=listener.getsockname()[1])

    def listen(self) -> socket.socket:
        """Return a socket bound to the address. Raises `SetupError`."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=2048)
        except OSError as error:
            why = str(error.strerror).split(" (", 1)[0]  # the standard library repeats the address
            raise SetupError(
                f"Port {self.port} on {self.host} cannot be used ({why}); "
                "stop the program that has it, or choose another address with --host and --port."
            ) from None

    def refuse_bad_tls(self) -> None:
        """Raise `SetupError` where only one of certificate and key is named, or they do not fit."""
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SetupError("--tls-cert and --tls-key go together; name both or none.")
        if self.tls_cert is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.tls_cert, self.tls_key)
            except OSError as error:
                raise SetupError(f"{self.tls_cert} and {self.tls_key} cannot serve HTTPS: {error.strerror}.") from None

    def answers(self, path: str) -> bool:
        """Return whether a GET of `path` is answered with 200."""
        host = _ANYWHERE.get(self.host, self.host)
        connection = (
            http.client.HTTPSConnection(host, self.port, timeout=_PROBE_SECONDS, context=_trusting())
            if self.tls_cert
            else http.client.HTTPConnection(host, self.port, timeout=_PROBE_SECONDS)
        )
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _trusting() -> ssl.SSLContext:
    """Trust whoever answers: it is our own child, whose certificate is made for another name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
