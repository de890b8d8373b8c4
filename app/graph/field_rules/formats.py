"""Rules about texts of a well-known form: addresses, ids, JSON."""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from app.core.json import JsonValue
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError, expecting, plain
from app.graph.foreign import parse_json

_MAX_ADDRESS = 2_048  # characters of a URL or an address of any kind
_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_LOCAL = re.compile(r"""[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*|"(?:[^"\\\r\n]|\\[^\r\n])*\"""")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\"<>\\^`{|}]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_MAX_LOCAL, _MAX_EMAIL = 64, 320


def _is_host(name: str) -> bool:
    return len(name) <= 253 and _HOST.fullmatch(name) is not None and not any(p.endswith("-") for p in name.split("."))


def _is_email(value: JsonValue, *, needs_dot: bool = False) -> bool:
    if not isinstance(value, str) or len(value) > _MAX_EMAIL:
        return False
    local, _, host = value.rpartition("@")
    is_right = len(local) <= _MAX_LOCAL and _LOCAL.fullmatch(local) is not None and _is_mail_host(host)
    return is_right and ("." in host or not needs_dot)


def _is_mail_host(host: str) -> bool:
    if host.startswith("[") and host.endswith("]"):
        return _ip_of(host[1:-1].removeprefix("IPv6:")) is not None
    return _is_host(host) and not host.endswith(".")


def _email(parameters: Parameters) -> Check:
    """Bind `email`: as Laravel does by default, what mail servers may take; with `filter`, hosts with a dot only."""
    ways = set() if parameters.given is None else set(parameters.texts())
    if ways & {"dns", "spoof"}:
        raise WrongParametersError("It can be email:rfc, email:strict or email:filter; no address is looked up here.")
    if not ways <= {"rfc", "strict", "filter"}:
        raise WrongParametersError
    return expecting(lambda value: _is_email(value, needs_dot="filter" in ways), "an e-mail address")


def _is_url(value: JsonValue, schemes: frozenset[str]) -> bool:
    if not isinstance(value, str) or len(value) > _MAX_ADDRESS or _UNSAFE_IN_URL.search(value):
        return False
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    del port
    is_known = parts.scheme in schemes if schemes else _SCHEME.fullmatch(parts.scheme) is not None
    return is_known and "://" in value and (_is_host(host.replace("_", "-")) or _ip_of(host) is not None)


def _url(parameters: Parameters) -> Check:
    schemes = frozenset() if parameters.given is None else frozenset(parameters.texts())
    if not all(_SCHEME.fullmatch(scheme) for scheme in schemes):
        raise WrongParametersError
    listed = f" that begins with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))}" if schemes else ""
    return expecting(lambda value: _is_url(value, schemes), f"a URL{listed}")


def _ip_of(value: JsonValue) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(value) if isinstance(value, str) and "%" not in value else None
    except ValueError:
        return None


def _is_ip(kind: type[IPv4Address | IPv6Address] | tuple[type, ...]) -> Callable[[JsonValue], bool]:
    return lambda value: isinstance(_ip_of(value), kind)


def _uuid(parameters: Parameters) -> Check:
    version = None if parameters.given is None else parameters.text()
    if version is not None and version not in {*"12345678"}:
        raise WrongParametersError

    def is_uuid(value: JsonValue) -> bool:
        found = _UUID.fullmatch(value) if isinstance(value, str) else None
        return found is not None and version in {None, found[1]}

    return expecting(is_uuid, f"a UUID of version {version}" if version else "a UUID")


def _is_json(value: JsonValue) -> bool:
    try:
        parse_json(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


FORMAT_RULES: Mapping[str, Rule] = {
    "email": Rule(_email, "email, email:rfc, email:strict or email:filter"),
    "url": Rule(_url, "url, or url:scheme,…"),
    "ip": plain(_is_ip((IPv4Address, IPv6Address)), "an IP address", "ip"),
    "ipv4": plain(_is_ip(IPv4Address), "an IPv4 address", "ipv4"),
    "ipv6": plain(_is_ip(IPv6Address), "an IPv6 address", "ipv6"),
    "uuid": Rule(_uuid, "uuid, or uuid:version"),
    "json": plain(_is_json, "a text that is JSON", "json"),
}
