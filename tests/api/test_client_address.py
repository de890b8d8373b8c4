"""Which address counts as the client's."""

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from app.http.client_address import client_address, rate_limit_key

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def connection(peer: str | None, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", value.encode("latin-1", "replace")) for value in forwarded]
    return HTTPConnection({"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)})


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["6.6.6.6,"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4:4711"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, [2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("10.0.0.1", ["6.6.6.6, []"], "10.0.0.1"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4:"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        (None, ["1.2.3.4"], "unknown"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str | None, forwarded: Sequence[str], expected: str) -> None:
    assert client_address(connection(peer, *forwarded), PROXIES) == expected


def test_without_trusted_proxies_the_header_means_nothing() -> None:
    assert client_address(connection("10.0.0.1", "1.2.3.4"), ()) == "10.0.0.1"


@given(st.lists(st.text(max_size=30), max_size=4))
def test_a_stranger_cannot_choose_an_address(forwarded: list[str]) -> None:
    assert client_address(connection("203.0.113.9", *forwarded), PROXIES) == "203.0.113.9"


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(
    lambda address: not any(address in network for network in PROXIES) and not getattr(address, "ipv4_mapped", None)
)
TRUSTED = st.integers(1, 2**24 - 2).map(lambda number: f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")


@given(st.lists(st.text(max_size=30), max_size=4), ADDRESSES, st.lists(TRUSTED, max_size=3))
def test_whatever_a_client_claims_the_outermost_trusted_proxy_knows_better(
    claimed: list[str], real: object, between: list[str]
) -> None:
    header = ", ".join([*claimed, str(real), *between])
    assert client_address(connection("10.0.0.1", header), PROXIES) == str(real).partition("%")[0]


@given(st.lists(st.text(max_size=30), max_size=4))
def test_any_header_from_a_proxy_gives_an_address(forwarded: list[str]) -> None:
    assert client_address(connection("10.0.0.1", *forwarded), PROXIES)


def test_addresses_of_one_ipv6_customer_count_together() -> None:
    assert rate_limit_key("2001:db8:1:2::7") == rate_limit_key("2001:db8:1:2:ffff::1")
    assert rate_limit_key("2001:db8:1:2::7") != rate_limit_key("2001:db8:1:3::7")


def test_an_ipv4_address_counts_by_itself() -> None:
    assert rate_limit_key("203.0.113.9") == "203.0.113.9"
    assert rate_limit_key("unknown") == "unknown"
