"""Entity tags and the two headers that compare them (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2)."""

import re
from dataclasses import dataclass

_LISTED = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)')
_ANY = "*"


class NotModifiedError(Exception):
    """The client has this very answer already; it gets 304 and the tag instead."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


def quoted(tag: object) -> str:
    return f'"{tag}"'


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The versions for which a change is meant. Without the header, any; weak tags match nothing here."""

    header: str | None

    def allows(self, tag: object) -> bool:
        if self.header is None or self.header.strip() == _ANY:
            return True
        return str(tag) in {opaque for weak, opaque in _LISTED.findall(self.header) if not weak}


@dataclass(frozen=True, slots=True)
class IfNoneMatch:
    """The versions that the client has already. Without the header, none; weak tags count."""

    header: str | None

    def has(self, tag: object) -> bool:
        if self.header is None:
            return False
        if self.header.strip() == _ANY:
            return True
        return str(tag) in {opaque for _, opaque in _LISTED.findall(self.header)}
