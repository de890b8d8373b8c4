"""How large types become once all that they refer to is put in: a few lines of a schema can stand for millions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_PARTS = 10_000  # of one type, or of one element of a schema
MOST_PARTS_IN_ALL = 500_000

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_GROUPS = {f"{_XSD}group": "group", f"{_XSD}attributeGroup": "attributeGroup"}
_BASES = (f"{_XSD}extension", f"{_XSD}restriction")
_KINDS = {**_GROUPS, f"{_XSD}complexType": "type"}

Key = tuple[str, str]  # kind and local name: what has the same in two namespaces counts as the larger


@dataclass(frozen=True, slots=True)
class _Definition:
    own: int  # elements of XML in it
    refers_to: tuple[Key, ...]


def check_weight(roots: Iterable[Any]) -> None:
    """Raise `ValueError` for schemas that are too large once they are put together. Each root is a document's."""
    named: dict[Key, list[_Definition]] = defaultdict(list)
    definitions: list[_Definition] = []
    for top in (child for root in roots for schema in root.iter(f"{_XSD}schema") for child in schema):
        if isinstance(top.tag, str):
            definition = _definition(top)
            definitions.append(definition)
            if top.tag in _KINDS:
                named[_KINDS[top.tag], top.get("name", "")].append(definition)
    known: dict[Key, int] = {}
    try:
        parts = [_weight(definition, named, known) for definition in definitions]
    except RecursionError:
        raise ValueError("its types refer to each other too deep") from None
    if max(parts, default=0) > MOST_PARTS:
        raise ValueError(f"a type of it has more than {MOST_PARTS} parts")
    if sum(parts) > MOST_PARTS_IN_ALL:
        raise ValueError(f"its types have more than {MOST_PARTS_IN_ALL} parts")


def _definition(top: Any) -> _Definition:
    nodes = [node for node in top.iter() if isinstance(node.tag, str)]
    return _Definition(len(nodes), tuple(key for node in nodes for key in _references(node)))


def _references(node: Any) -> Iterator[Key]:
    if node.tag in _GROUPS and node.get("ref"):
        yield _GROUPS[node.tag], _local(node.get("ref"))
    elif node.tag in _BASES and node.get("base"):
        yield "type", _local(node.get("base"))


def _weight(definition: _Definition, named: Mapping[Key, list[_Definition]], known: dict[Key, int]) -> int:
    weight = definition.own
    for key in definition.refers_to:
        if key not in known:
            known[key] = 0  # while it is counted: what refers to itself has no end
            known[key] = max((_weight(one, named, known) for one in named.get(key, ())), default=0)
        weight += known[key]
    return min(weight, MOST_PARTS + 1)


def _local(name: str) -> str:
    return name.strip().rpartition(":")[2]
