"""Which numeric addresses a call may reach. Names do not matter here: the check happens when a connection is made."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED_V4: dict[str, str] = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local, clouds' metadata services among them",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved, broadcast",
}
REFUSED_V6: dict[str, str] = {
    "::/96": "unspecified, loopback and IPv4-compatible (::a.b.c.d)",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64, local use",
    "100::/64": "discard",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "protocol assignments: Teredo, ORCHID, benchmarking",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3ffe::/16": "6bone, given back",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")  # everything outside is unassigned or special, named above or not

_REFUSED_V4 = tuple(IPv4Network(text) for text in REFUSED_V4)
_REFUSED_V6 = tuple(IPv6Network(text) for text in REFUSED_V6)

PRIVATE_SENTENCE = (
    "calls to the address of {host} are not allowed: it is not a public one, and no range in VIRGA_EGRESS__ALLOW has it"
)
PLAIN_SENTENCE = "http:// is allowed only to addresses in the ranges of VIRGA_EGRESS__ALLOW; use https:// for {host}"
OPERATOR_SENTENCE = "the address of {host} is a multicast or unspecified one"


def is_public(address: Address) -> bool:
    """Say whether `address` is public unicast. `ipaddress.is_global` is not enough: it lets 6to4 and others through."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in GLOBAL_UNICAST_V6 and not any(address in network for network in _REFUSED_V6)


def parse(text: str) -> Address | None:
    """Read a numeric address, scope id left out; None when it is none."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be connected to, and the sentence (with `{host}`) for what may not."""

    admits: Callable[[Address], bool]
    refusal: str


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """A policy a scheme."""

    https: AddressPolicy
    http: AddressPolicy


def workflow_policy(allow: Sequence[Network]) -> EgressPolicy:
    """For what workflows name: https to public addresses and to `allow`; plain http to `allow` only."""

    def is_allowed(address: Address) -> bool:
        return _is_in(address, allow)

    def is_public_or_allowed(address: Address) -> bool:
        return is_public(address) or _is_in(address, allow)

    return EgressPolicy(
        https=AddressPolicy(is_public_or_allowed, PRIVATE_SENTENCE), http=AddressPolicy(is_allowed, PLAIN_SENTENCE)
    )


def operator_policy() -> EgressPolicy:
    """For hosts that the operator names in settings, which may be private."""

    def is_host(address: Address) -> bool:
        return not (address.is_multicast or address.is_unspecified)

    anywhere = AddressPolicy(is_host, OPERATOR_SENTENCE)
    return EgressPolicy(https=anywhere, http=anywhere)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
