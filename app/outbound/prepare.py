"""From what a workflow asks for to a request that is safe to send, and from a redirect to the next request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import httpx

from app.graph.errors import PermanentError
from app.graph.ports import HttpCall
from app.outbound.inflate import ACCEPTED

MAX_REDIRECTS = 5
USER_AGENT = "Virga"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# These describe the connection, which is ours; what the workflow gives for them is left out.
_FRAMING = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORTS = range(1, 65_536)
_MAX_NAME, _MAX_LABEL = 253, 63  # what the domain name system can carry
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One hop: everything in it has been checked."""

    method: str
    url: httpx.URL
    headers: tuple[Header, ...]
    body: bytes | None

    @property
    def host(self) -> str:
        return self.url.host

    @property
    def origin(self) -> tuple[str, str, int | None]:
        return self.url.scheme, self.url.host, self.url.port or _DEFAULT_PORTS.get(self.url.scheme)


def prepare(call: HttpCall) -> Outgoing:
    """Check a call. Raises `PermanentError` with the sentence that says what is wrong with it."""
    if not _TOKEN.fullmatch(call.method):
        raise PermanentError("the method is not a valid HTTP method")
    return Outgoing(call.method.upper(), _parse_url(call.url), _headers(call.headers), call.body)


def next_hop(outgoing: Outgoing, status: int, location: str | None) -> Outgoing | None:
    """Return the request that a redirect asks for, None when the answer is none. Raises `PermanentError`."""
    if status not in _REDIRECTS or not location:
        return None
    url = _redirect_url(outgoing.url, location)
    following = replace(outgoing, url=url)
    if (status == 303 and outgoing.method != "HEAD") or (status in {301, 302} and outgoing.method == "POST"):
        kept = tuple(header for header in outgoing.headers if not header[0].lower().startswith(b"content-"))
        following = replace(following, method="GET", body=None, headers=kept)
    if following.origin != outgoing.origin:
        following = replace(following, headers=_headers(()))
    return following


def _redirect_url(current: httpx.URL, location: str) -> httpx.URL:
    try:
        target = current.join(location)
    except (httpx.InvalidURL, ValueError):
        raise PermanentError(f"{current.host} redirected to something that is not a valid URL") from None
    if current.scheme == "https" and target.scheme != "https":
        raise PermanentError(f"{current.host} redirected from https to {target.scheme}, which is refused")
    return _checked(target)


def _parse_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise PermanentError("the URL is not valid; it should look like https://example.com/path") from None
    return _checked(url)


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in _DEFAULT_PORTS:
        raise PermanentError("the URL must start with https:// or http://")
    if not url.host:
        raise PermanentError("the URL names no host; it should look like https://example.com/path")
    if not _is_name(url.raw_host.decode()) or (url.port is not None and url.port not in _PORTS):
        raise PermanentError("the URL's host or port is not valid; it should look like https://example.com:8443/path")
    if url.userinfo:
        raise PermanentError("the URL carries a user name or password; send them in an Authorization header")
    return url


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return ":" in host or (len(host) <= _MAX_NAME and all(0 < len(label) <= _MAX_LABEL for label in labels))


def _headers(given: Sequence[tuple[str, str]]) -> tuple[Header, ...]:
    own = [(name.encode(), _value(name, value)) for name, value in given if _name(name) not in _FRAMING]
    names = {name.lower() for name, _ in own}
    defaults: list[Header] = [(b"accept", b"*/*"), (b"user-agent", USER_AGENT.encode())]
    missing = [header for header in defaults if header[0] not in names]
    return (*missing, (b"accept-encoding", ACCEPTED.encode()), *own)


def _name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise PermanentError(f"{name[:80]!a} is not a valid header name")
    return name.lower()


def _value(name: str, value: str) -> bytes:
    try:
        encoded = value.strip(" \t").encode()
    except UnicodeEncodeError:
        encoded = b"\0"
    if _UNSAFE_IN_VALUE.search(value) or encoded == b"\0":
        raise PermanentError(f'the value of the header "{name}" has line breaks or control characters')
    return encoded
