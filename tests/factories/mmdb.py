"""Writes small databases of addresses in MaxMind's format.

Source: https://maxmind.github.io/MaxMind-DB/
"""

import struct
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from app.core.json import JsonValue

_RECORD_BITS = 24
_SEPARATOR = bytes(16)
_MARKER = b"\xab\xcd\xefMaxMind.com"
_TEXT, _DOUBLE, _UINT16, _UINT32, _MAP, _UINT64, _LIST, _TRUTH = 2, 3, 5, 6, 7, 9, 11, 14

Tree = list[list[int | None]]  # of each node, what follows a 0 and a 1: another node, data as -1 - index, or nothing


def database(records: Mapping[str, JsonValue], *, version: int = 6) -> bytes:
    """Return a file in which each network has its record."""
    tree: Tree = [[None, None]]
    data, places = b"", []
    for index, (network, record) in enumerate(records.items()):
        places.append(len(data))
        data += _encoded(record)
        _hang(tree, _bits(ip_network(network), version), -1 - index)
    nodes = b"".join(_record(side, len(tree), places) for node in tree for side in node)
    about: dict[str, JsonValue] = {"description": {"en": "for tests"}, "database_type": "Test", "languages": ["en"]}
    numbers = [("binary_format_major_version", 2, _UINT16), ("binary_format_minor_version", 0, _UINT16)]
    numbers += [("ip_version", version, _UINT16), ("record_size", _RECORD_BITS, _UINT16)]
    numbers += [("node_count", len(tree), _UINT32), ("build_epoch", 1_767_225_600, _UINT64)]
    entries = [_encoded(name) + _encoded(value) for name, value in about.items()]
    entries += [_encoded(name) + _unsigned(value, kind) for name, value, kind in numbers]
    return nodes + _SEPARATOR + data + _MARKER + _control(_MAP, len(entries)) + b"".join(entries)


def _bits(network: IPv4Network | IPv6Network, version: int) -> str:
    bits = format(int(network.network_address), f"0{network.max_prefixlen}b")[: network.prefixlen]
    return "0" * 96 + bits if version == 6 and network.version == 4 else bits


def _hang(tree: Tree, bits: str, leaf: int) -> None:
    at = 0
    for bit in bits[:-1]:
        following = tree[at][int(bit)]
        if following is None:
            following = tree[at][int(bit)] = len(tree)
            tree.append([None, None])
        at = following
    tree[at][int(bits[-1])] = leaf


def _record(side: int | None, count: int, places: list[int]) -> bytes:
    value = count if side is None else side if side >= 0 else count + len(_SEPARATOR) + places[-1 - side]
    return value.to_bytes(_RECORD_BITS // 8, "big")


def _encoded(value: JsonValue) -> bytes:
    match value:
        case bool():
            return _control(_TRUTH, int(value))
        case str():
            return _control(_TEXT, len(value.encode())) + value.encode()
        case int():
            return _unsigned(value, _UINT32)
        case float():
            return _control(_DOUBLE, 8) + struct.pack(">d", value)
        case Mapping():
            return _control(_MAP, len(value)) + b"".join(_encoded(key) + _encoded(item) for key, item in value.items())
        case list():
            return _control(_LIST, len(value)) + b"".join(map(_encoded, value))
    raise TypeError(value)


def _unsigned(value: int, kind: int) -> bytes:
    written = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(written)) + written


def _control(kind: int, size: int) -> bytes:
    head, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return bytes([kind << 5 | head]) + more if kind < 8 else bytes([head, kind - 7]) + more
