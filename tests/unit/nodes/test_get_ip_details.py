from pathlib import Path

import pytest

from app.core.errors import SetupError
from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError
from app.graph.outcome import Success
from tests.factories.mmdb import database
from tests.factories.noting import ListedAddresses
from tests.factories.steps import StepContext, failure_of, faults, outcome_of, output_of
from worker.adapters.ip_database import MaxMindDatabase

OSLO: JsonObject = {
    "continent": {"code": "EU", "names": {"en": "Europe", "de": "Europa"}},
    "country": {"iso_code": "NO", "names": {"en": "Norway"}},
    "subdivisions": [{"iso_code": "03", "names": {"en": "Oslo County"}}, {"iso_code": "x"}],
    "city": {"names": {"en": "Oslo"}},
    "postal": {"code": "0150"},
    "location": {"latitude": 59.9, "longitude": 10.75, "time_zone": "Europe/Oslo"},
}
NOTHING = dict.fromkeys(
    [
        *("continent", "continent_code", "country", "country_code", "region", "region_code", "city", "postal_code"),
        *("latitude", "longitude", "timezone", "asn", "organization"),
    ]
)


async def test_an_address_is_described_by_its_number() -> None:
    assert await output_of("get_ip_details", {"ip": " {{ n1 }} "}, n1="10.1.2.3") == {
        "ip": "10.1.2.3",
        "version": 4,
        "is_private": True,
        "is_global": False,
        "is_loopback": False,
        "is_link_local": False,
        "is_multicast": False,
        "is_reserved": False,
        "is_unspecified": False,
        "network_class": "A",
        "reverse_pointer": "3.2.1.10.in-addr.arpa",
        "exploded": "10.1.2.3",
        "embedded_ipv4": None,
        "geo": None,
    }


@pytest.mark.parametrize(
    ("ip", "facts"),
    [
        ("8.8.8.8", {"is_global": True, "is_private": False, "network_class": "A"}),
        ("127.0.0.1", {"is_loopback": True, "is_global": False}),
        ("172.16.0.1", {"is_private": True, "network_class": "B"}),
        ("192.168.0.1", {"is_private": True, "network_class": "C"}),
        ("169.254.1.1", {"is_link_local": True, "network_class": "B"}),
        ("224.0.0.1", {"is_multicast": True, "network_class": "D"}),
        ("240.0.0.1", {"is_reserved": True, "network_class": "E"}),
        ("255.255.255.255", {"network_class": "E"}),
        ("::", {"is_unspecified": True}),
        ("::1", {"is_loopback": True, "version": 6, "network_class": None}),
        ("fd00::1", {"is_private": True}),
        ("FE80::1%eth0", {"is_link_local": True, "ip": "fe80::1"}),
        ("2606:4700::1111", {"is_global": True, "exploded": "2606:4700:0000:0000:0000:0000:0000:1111"}),
        ("::ffff:10.0.0.1", {"embedded_ipv4": "10.0.0.1"}),
        ("2002:c000:204::1", {"embedded_ipv4": "192.0.2.4"}),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", {"embedded_ipv4": "192.0.2.45"}),
    ],
)
async def test_what_kind_of_address_it_is(ip: str, facts: dict[str, JsonValue]) -> None:
    output = await output_of("get_ip_details", {"ip": ip})

    assert {name: output[name] for name in facts} == facts


async def test_a_database_adds_what_it_knows_of_the_address() -> None:
    ctx = StepContext(ip_database=ListedAddresses({"2001:db8::1": {"country": "Norway"}}))

    outcome = await outcome_of("get_ip_details", {"ip": "2001:DB8:0::1"}, ctx)

    assert isinstance(outcome, Success)
    assert outcome.output["geo"] == {"country": "Norway"}


@pytest.mark.parametrize("ip", ["", "example.com", "1.2.3", "1.2.3.4.5", "1.2.3.4/24", "256.1.1.1", "::g", "7"])
async def test_what_is_no_address_is_refused(ip: str) -> None:
    message = f'"ip" must be an IPv4 or IPv6 address, such as 203.0.113.7; it is the text "{ip}".'

    assert faults("get_ip_details", {"ip": ip}) == {"ip": message}
    assert await failure_of("get_ip_details", {"ip": "{{ n1 }}"}, n1=ip) == message


def test_the_address_is_required() -> None:
    assert faults("get_ip_details", {}) == {"ip": '"ip" is required.'}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    records: dict[str, JsonValue] = {
        "203.0.113.0/24": OSLO,
        "198.51.100.0/25": {"autonomous_system_number": 64_500, "autonomous_system_organization": "Example"},
        "192.0.2.0/24": {"country": "NO", "subdivisions": [], "city": {"names": []}, "location": {"latitude": []}},
        "192.88.0.0/16": ["no map"],
        "2001:db8::/32": OSLO,
    }
    file = tmp_path / "places.mmdb"
    file.write_bytes(database(records))
    return file


@pytest.mark.parametrize(("ip", "prefix"), [("203.0.113.7", 24), ("2001:db8::7", 32)])
async def test_a_record_of_a_place_is_read(file: Path, ip: str, prefix: int) -> None:
    assert await MaxMindDatabase(file).find(ip) == {
        **NOTHING,
        "prefix_length": prefix,
        "continent": "Europe",
        "continent_code": "EU",
        "country": "Norway",
        "country_code": "NO",
        "region": "Oslo County",
        "region_code": "03",
        "city": "Oslo",
        "postal_code": "0150",
        "latitude": 59.9,
        "longitude": 10.75,
        "timezone": "Europe/Oslo",
    }


async def test_a_record_of_a_network_is_read(file: Path) -> None:
    found = await MaxMindDatabase(file).find("198.51.100.1")

    assert found == {**NOTHING, "prefix_length": 25, "asn": 64_500, "organization": "Example"}


@pytest.mark.parametrize(("ip", "prefix"), [("192.0.2.1", 24), ("192.88.1.1", 16)])
async def test_what_a_record_has_in_another_shape_is_left_out(file: Path, ip: str, prefix: int) -> None:
    assert await MaxMindDatabase(file).find(ip) == {**NOTHING, "prefix_length": prefix}


async def test_an_address_without_a_record_is_not_known(file: Path) -> None:
    assert await MaxMindDatabase(file).find("8.8.8.8") is None


async def test_a_database_of_ipv4_does_not_know_ipv6(tmp_path: Path) -> None:
    file = tmp_path / "old.mmdb"
    file.write_bytes(database({"203.0.113.0/24": OSLO}, version=4))

    assert await MaxMindDatabase(file).find("2001:db8::7") is None
    assert await MaxMindDatabase(file).find("203.0.113.7") is not None


async def test_without_a_file_nothing_is_known() -> None:
    assert await MaxMindDatabase(None).find("8.8.8.8") is None


@pytest.fixture
def damaged(file: Path) -> Path:
    whole = file.read_bytes()
    at = whole.index(b"\x46Europe") - 6
    file.write_bytes(whole[:at] + b"\xff" * 20 + whole[at + 20 :])
    return file


async def test_a_record_that_is_damaged_fails_the_step(damaged: Path) -> None:
    with pytest.raises(PermanentError, match="damaged"):
        await MaxMindDatabase(damaged).find("203.0.113.7")


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        MaxMindDatabase(tmp_path / "none.mmdb")

    assert str(refused.value) == f"VIRGA_GEOIP_FILE: {tmp_path}/none.mmdb cannot be read."


@pytest.mark.parametrize("content", [b"", b"no database", bytes(1_000)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.mmdb"
    file.write_bytes(content)

    with pytest.raises(SetupError) as refused:
        MaxMindDatabase(file)

    assert str(refused.value) == f"VIRGA_GEOIP_FILE: {file} is not a database in MaxMind's format."


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="VIRGA_GEOIP_FILE"):
        MaxMindDatabase(tmp_path)
