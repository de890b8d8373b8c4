"""What the address tables admit and refuse."""

import textwrap
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.addresses import REFUSED_V4, REFUSED_V6, is_public, operator_policy, parse, workflow_policy

REFUSED = textwrap.dedent("""
    0.0.0.0 0.255.255.255 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::8.8.8.8 ::ffff:8.8.8.8
    ::ffff:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1
    2001:0:4136:e378::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3ffe::1
    3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 febf::1 fec0::1 feff::1 ff02::1 400::1 4000::1 1::1
""")
PUBLIC = textwrap.dedent("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255
    172.15.0.1 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
    223.255.255.255 2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 2400:cb00::1 3ffd::1
""")


@pytest.mark.parametrize("text", REFUSED.split())
def test_an_address_that_is_not_public_unicast_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_public_unicast_address_is_admitted(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_whatever_is_public_here_is_global_to_python_too_in_v4(number: int) -> None:
    address = IPv4Address(number)
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.integers(0, 2**128 - 1) | st.integers(0x2000 << 112, (0x4000 << 112) - 1))
def test_whatever_is_public_here_is_global_to_python_too_in_v6(number: int) -> None:
    address = IPv6Address(number)
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.integers(0, 2**32 - 1))
def test_no_v4_address_in_v6_clothes_is_public(number: int) -> None:
    dressed = [f"::{IPv4Address(number)}", f"::ffff:{IPv4Address(number)}", f"64:ff9b::{IPv4Address(number)}"]
    sixtofour = IPv6Address((0x2002 << 112) | (number << 80))
    assert not any(is_public(ip_address(text)) for text in dressed)
    assert not is_public(sixtofour)


@pytest.mark.parametrize("text", REFUSED_V4)
def test_both_ends_of_each_v4_range_are_refused(text: str) -> None:
    network = IPv4Network(text)
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize("text", REFUSED_V6)
def test_both_ends_of_each_v6_range_are_refused(text: str) -> None:
    network = IPv6Network(text)
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize("text", ["example.com", "0x7f000001", "127.1", "2130706433", "", "1.1.1.1/32"])
def test_only_plain_numeric_addresses_are_parsed(text: str) -> None:
    assert parse(text) is None


def test_a_scope_id_does_not_hide_a_link_local_address() -> None:
    assert parse("fe80::1%eth0") == IPv6Address("fe80::1")


def test_an_allowed_range_opens_exactly_that_range() -> None:
    policy = workflow_policy([IPv4Network("10.1.0.0/16")])
    assert policy.https.admits(IPv4Address("10.1.2.3"))
    assert not policy.https.admits(IPv4Address("10.2.0.1"))


def test_a_v4_range_does_not_open_its_mapped_twin() -> None:
    policy = workflow_policy([IPv4Network("127.0.0.0/8")])
    assert not policy.https.admits(IPv6Address("::ffff:127.0.0.1"))


def test_plain_http_reaches_only_allowed_ranges() -> None:
    policy = workflow_policy([IPv6Network("fd00::/8")])
    assert policy.http.admits(IPv6Address("fd00::1"))
    assert not policy.http.admits(IPv4Address("8.8.8.8"))


@pytest.mark.parametrize("text", ["10.0.0.1", "127.0.0.1", "fd00::1", "8.8.8.8"])
def test_hosts_that_the_operator_names_may_be_private(text: str) -> None:
    assert operator_policy().http.admits(ip_address(text))


@pytest.mark.parametrize("text", ["224.0.0.1", "ff02::1", "0.0.0.0", "::"])  # noqa: S104 -- refused, not bound to
def test_hosts_that_the_operator_names_are_hosts(text: str) -> None:
    assert not operator_policy().https.admits(ip_address(text))
