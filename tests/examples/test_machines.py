"""Examples that answer programs, and that work on hosts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.examples.files import Workflow, settings_of
from tests.examples.outside import says
from tests.examples.soap import wsdl
from tests.examples.stage import Stage, output, sent_with, steps
from tests.fixtures.soap_service import enveloped, fault, xml
from tests.fixtures.ssh_host import CLIENT_KEY, USER, Process, SshHost, text_of

PRICES = "GET catalogue.example.com/api/prices"
ITEMS = [{"sku": "A1", "quantity": 2}, {"sku": "B2", "quantity": 10}]


async def test_a_quote_is_answered_at_once(stage: Stage) -> None:
    stage.outside.on(PRICES, says({"A1": 12.5, "B2": 0.333}))
    status, quote = await stage.asked(await stage.save("quote_api"), {"items": ITEMS})
    [prices] = stage.outside.heard
    assert status == 200
    assert quote["lines"] == [
        {"sku": "A1", "quantity": 2, "price": 12.5, "sum": 25.0},
        {"sku": "B2", "quantity": 10, "price": 0.333, "sum": 3.33},
    ]
    assert (quote["total"], len(quote["valid_until"])) == (28.33, 10)
    assert (prices.query, prices.headers["authorization"]) == ({"sku": ["A1", "B2"]}, sent_with("catalogue_token"))


@pytest.mark.parametrize(
    ("payload", "paths"),
    [
        ({}, ["items"]),
        ({"items": []}, ["items"]),
        ({"items": [{"sku": "A1", "quantity": 0}, {"quantity": 1}]}, ["items[1].sku", "items[0].quantity"]),
    ],
)
async def test_a_wrong_request_is_answered_with_every_fault(
    stage: Stage, payload: dict[str, Any], paths: list[str]
) -> None:
    status, answer = await stage.asked(await stage.save("quote_api"), payload)
    assert (status, [error["path"] for error in answer["errors"]]) == (422, paths)
    assert stage.outside.heard == []


async def test_articles_that_nobody_knows_are_named(stage: Stage) -> None:
    stage.outside.on(PRICES, says({"A1": 12.5}))
    status, answer = await stage.asked(await stage.save("quote_api"), {"items": ITEMS})
    assert (status, [error["message"] for error in answer["errors"]]) == (422, ["Nobody knows the article B2."])


async def test_without_prices_there_are_no_quotes(stage: Stage) -> None:
    stage.outside.on(PRICES, says({}, "500 Internal Server Error"))
    status, answer = await stage.asked(await stage.save("quote_api"), {"items": ITEMS})
    assert (status, list(answer)) == (503, ["error"])


VAT = "urn:vat"
LOOK = "POST vat.example.org/checkVat"
KNOWN = enveloped(
    f'<checkVatResponse xmlns="{VAT}"><countryCode>DE</countryCode><vatNumber>123456789</vatNumber>'
    "<valid>true</valid><name>Ada &amp; Co</name><address>Street 1\nBerlin</address></checkVatResponse>"
)


@pytest.fixture
async def vat(stage: Stage) -> Workflow:
    """Return the saved example, beside a service with the operation that it calls."""
    address = stage.outside.url("/vat.example.org/checkVat")
    asks = ("countryCode string", "vatNumber string")
    answers = (*asks, "valid boolean", "name string", "address string")
    described = wsdl(address, "checkVat", asks, answers, namespace=VAT)
    stage.outside.on("GET vat.example.org/checkVatService.wsdl", xml(described))
    return await stage.save("vat_lookup")


async def test_a_vat_number_is_looked_up(stage: Stage, vat: Workflow) -> None:
    stage.outside.on(LOOK, xml(KNOWN))
    status, answer = await stage.asked(vat, {"number": "de 123 456.789"})
    [call] = stage.outside.to(LOOK)
    assert status == 200
    assert answer == {"number": "DE123456789", "valid": True, "name": "Ada & Co", "address": "Street 1\nBerlin"}
    assert "<ns0:countryCode>DE</ns0:countryCode><ns0:vatNumber>123456789</ns0:vatNumber>" in call.body


@pytest.mark.parametrize("payload", [{"number": "123"}, {"number": "DE"}, {}])
async def test_what_is_no_vat_number_is_answered_with_422(stage: Stage, vat: Workflow, payload: dict[str, str]) -> None:
    status, answer = await stage.asked(vat, payload)
    assert (status, list(answer), stage.outside.heard) == (422, ["error"], [])


async def test_a_fault_of_the_service_is_answered_with_502(stage: Stage, vat: Workflow) -> None:
    stage.outside.on(LOOK, xml(fault("e:Server", "MS_UNAVAILABLE"), status="500 Internal Server Error"))
    assert await stage.asked(vat, {"number": "DE123456789"}) == (502, {"error": "MS_UNAVAILABLE"})


@dataclass
class Machine:
    """Understands the commands of the examples. `used` is how full its disk is; `refuses` what it cannot do."""

    used: str = "42%"
    refuses: str = ""
    commands: list[str] = field(default_factory=list)

    async def serve(self, process: Process) -> None:
        command = process.command or ""
        self.commands.append(command)
        if self.refuses and command.startswith(self.refuses):
            process.stderr.write(b"not permitted")
            process.exit(1)
        else:
            process.stdout.write(f"{self.used}\n".encode() if command.startswith("df ") else b"")
            process.exit(0)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
async def host(stage: Stage, machine: Machine) -> AsyncIterator[SshHost]:
    await stage.keep("ssh_key", text_of(CLIENT_KEY))
    await stage.keep("hub_key", text_of(CLIENT_KEY))
    async with SshHost(process_factory=machine.serve) as host:
        yield host


async def disks(stage: Stage, host: SshHost, *, wrong_key: bool = False) -> Any:
    """Let the disk of the host be looked at, and return the run."""
    place = {"name": "web", "host": "127.0.0.1", "port": host.port, "key": host.key.fingerprint}

    def change(workflow: Workflow) -> None:
        [hosts], [ssh] = settings_of(workflow, "iterator"), settings_of(workflow, "ssh")
        hosts["array"] = [place | {"key": hosts["array"][0]["key"]}] if wrong_key else [place]
        ssh["username"] = USER

    saved = await stage.save("disk_space_check", change)
    return await stage.ended(await stage.ticked(saved))


async def test_a_disk_with_space_is_told_to_nobody(stage: Stage, host: SshHost, machine: Machine) -> None:
    run = await disks(stage, host)
    assert machine.commands == ["df -P / | awk 'NR == 2 {print $5}'"]
    assert (run["status"], stage.outside.told()) == ("completed", [])
    assert output(run, "fine")["text"] == "web: 42%"


async def test_a_full_disk_is_told_of(stage: Stage, host: SshHost, machine: Machine) -> None:
    machine.used = "90%"
    await disks(stage, host)
    [(channel, text)] = stage.outside.told()
    assert (channel, text.partition("\n")[0]) == ("ops", "web: the disk is 90% full")


@pytest.mark.parametrize(("wrong_key", "used", "why"), [(True, "42%", "key"), (False, "-", "must be a number")])
async def test_a_host_that_cannot_be_asked_is_told_of(
    stage: Stage, host: SshHost, machine: Machine, *, wrong_key: bool, used: str, why: str
) -> None:
    machine.used = used
    run = await disks(stage, host, wrong_key=wrong_key)
    [(channel, text)] = stage.outside.told()
    assert (run["status"], channel) == ("completed", "ops")
    assert text.startswith("web cannot be asked how full it is\n\n")
    assert why in text


SITE = {"name": "Lisbon Chiado", "address": "10.8.0.7"}


async def tunnel(stage: Stage, host: SshHost, **site: str) -> Any:
    """Let a site be added, and return the run that gives it its tunnel."""

    def change(workflow: Workflow) -> None:
        [ssh] = settings_of(workflow, "ssh")
        ssh |= {"host": "127.0.0.1", "port": host.port, "host_key": host.key.fingerprint, "username": USER}

    await stage.save("new_site_tunnel", change)
    return await stage.ended(*await stage.happened("site.added", **{**SITE, **site}))


async def test_a_new_site_gets_keys_and_is_entered_at_the_hub(stage: Stage, host: SshHost, machine: Machine) -> None:
    run = await tunnel(stage, host)
    public_key = output(run, "keys")["public_key"]
    items = (await stage.api.get("/workflows/vault")).json()
    [(channel, text)] = stage.outside.told()
    assert machine.commands == [f"wg set wg0 peer {public_key} allowed-ips 10.8.0.7/32", "wg-quick save wg0"]
    assert "wireguard lisbon-chiado" in [item["name"] for item in items]
    assert (channel, public_key in text) == ("netops", True)


async def test_keys_that_are_there_already_are_not_made_again(stage: Stage, host: SshHost, machine: Machine) -> None:
    await stage.keep("wireguard lisbon-chiado", "an older key")
    run = await tunnel(stage, host)
    [(channel, text)] = stage.outside.told()
    assert (run["status"], steps(run)[-1], machine.commands) == ("completed", "failed", [])
    assert (channel, text.startswith("Lisbon Chiado has no tunnel yet\n\n")) == ("netops", True)


async def test_a_hub_that_refuses_is_told_of_with_the_public_key(stage: Stage, host: SshHost, machine: Machine) -> None:
    machine.refuses = "wg set"
    run = await tunnel(stage, host)
    [(_, text)] = stage.outside.told()
    assert run["status"] == "completed"
    assert text.splitlines()[-1] == f"Public key: {output(run, 'keys')['public_key']}"


async def test_a_site_without_an_address_in_the_tunnel_starts_nothing(stage: Stage) -> None:
    await stage.save("new_site_tunnel")
    assert await stage.happened("site.added", name="Lisbon") == []
    assert await stage.happened("site.added", **{**SITE, "address": "10.8.0.7; reboot"}) == []
