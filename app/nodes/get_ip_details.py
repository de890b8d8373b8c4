"""Says what is known of an IP address: by its number, and by a database of addresses where the server has one."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.template import TextTemplate

_Address = IPv4Address | IPv6Address

_CLASSES = ((128, "A"), (192, "B"), (224, "C"), (240, "D"), (256, "E"))  # by the first number, below which


class GetIpDetailsSettings(ActionSettings):
    ip: TextTemplate = Field(description="The IPv4 or IPv6 address, such as 203.0.113.7 or 2001:db8::7.")

    @field_validator("ip")
    @classmethod
    def _is_an_address(cls, ip: TextTemplate) -> TextTemplate:
        if ip.is_static:
            _parsed(str(ip.source))
        return ip


class GetIpDetails(Action):
    component_id = "get_ip_details"
    settings_type = GetIpDetailsSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "ip": "The address in its usual form.",
        "version": "4 or 6.",
        "is_private": "Whether it is for private networks.",
        "is_global": "Whether it is reachable from everywhere.",
        "is_loopback": "Whether it is the machine's own.",
        "is_link_local": "Whether it is good within one link.",
        "is_multicast": "Whether it is of a group.",
        "is_reserved": "Whether it is set aside.",
        "is_unspecified": "Whether it is the address that stands for none.",
        "network_class": "The class of an IPv4 address, A to E; else null.",
        "reverse_pointer": "The name under which DNS has its name.",
        "exploded": "The address written in full.",
        "embedded_ipv4": "The IPv4 address within an IPv6 one, if there is one.",
        "geo": "What the database of addresses knows, null where there is none.",
    }
    example: ClassVar[JsonObject] = {"ip": "203.0.113.7"}

    def __init__(self, node_id: str, settings: GetIpDetailsSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        """Look the address up. Raises `PermanentError` for what is none."""
        try:
            address = _parsed(await ctx.render(self.settings.ip))
        except ValueError as error:
            raise PermanentError(str(error)) from None
        return Success({**_facts(address), "geo": await ctx.outside.ip_database.find(str(address))})


def _parsed(text: str) -> _Address:
    """Return the address, without the zone of a link-local one. Raises `ValueError`."""
    try:
        return ip_address(text.strip().partition("%")[0])
    except ValueError:
        sentence = f'"ip" must be an IPv4 or IPv6 address, such as 203.0.113.7; it is {shown(text)}.'
        raise ValueError(sentence) from None


def _facts(address: _Address) -> dict[str, JsonValue]:
    return {
        "ip": str(address),
        "version": address.version,
        "is_private": address.is_private,
        "is_global": address.is_global,
        "is_loopback": address.is_loopback,
        "is_link_local": address.is_link_local,
        "is_multicast": address.is_multicast,
        "is_reserved": address.is_reserved,
        "is_unspecified": address.is_unspecified,
        "network_class": _network_class(address),
        "reverse_pointer": address.reverse_pointer,
        "exploded": address.exploded,
        "embedded_ipv4": _embedded(address),
    }


def _network_class(address: _Address) -> str | None:
    """Return the class that an IPv4 address was of before networks had prefixes."""
    if isinstance(address, IPv6Address):
        return None
    return next(name for below, name in _CLASSES if address.packed[0] < below)


def _embedded(address: _Address) -> str | None:
    """Return the IPv4 address within an IPv6 one that is mapped, 6to4 or Teredo."""
    if isinstance(address, IPv4Address):
        return None
    client = address.teredo[1] if address.teredo else None
    found = address.ipv4_mapped or address.sixtofour or client
    return str(found) if found else None
