"""Who is asking: the client's address, as far as the proxies in between can be believed."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from app.core.config import Network

UNKNOWN = "unknown"  # over a Unix socket there is no address
_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+", re.ASCII)  # as some proxies write the address
_IPV6_CUSTOMER_BITS = 64  # what one customer gets; within it addresses are free to choose


def client_address(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """Return the nearest address that is not a trusted proxy. `X-Forwarded-For` counts only as far as they wrote it."""
    hop = _parse(connection.client.host if connection.client else "")
    if hop is None:
        return UNKNOWN
    forwarded = connection.headers.getlist("x-forwarded-for") if trusted else []
    for text in reversed(",".join(forwarded).split(",")):
        if not any(hop in network for network in trusted):
            break
        written = _parse(_without_port(text.strip()))
        if written is None:
            break  # what stands left of it was written by nobody knows whom
        hop = written
    return str(hop)


def rate_limit_key(address: str) -> str:
    """Return what requests are counted by: an IPv4 address, or the network of an IPv6 one."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_CUSTOMER_BITS), strict=False))
    return address


def _without_port(text: str) -> str:
    found = _WITH_PORT.fullmatch(text)
    return (found[1] or found[2] or "") if found else text


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
