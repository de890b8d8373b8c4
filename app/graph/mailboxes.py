"""Addresses of mail, read from what people write: `a@example.com, "Doe, Jane" <jane@example.com>`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.json import JsonValue
from app.graph.foreign import repair_text
from app.graph.http_request import safe_header
from app.graph.kinds import shown

MOST = 100  # recipients of one message: what every server has to take (RFC 5321)

_CHARACTERS = 500  # of one address with its name
_LOCAL_BYTES, _ADDRESS_BYTES = 64, 254  # what servers have to take
_NOT_IN_LOCAL = frozenset(' ()<>[]:;@\\,"')
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_CHANGED = frozenset("ßς")  # letters that Python's encoding of domains turns into others, and so into other domains
_SHAPE = "write name@example.com, or Name <name@example.com>"


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str  # may be empty
    local: str
    domain: str  # in ASCII and small letters

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}"


def mailboxes_of(setting: str, value: JsonValue) -> list[Mailbox]:
    """Return the addresses of a text with commas, of a list of such texts, or of nothing, each once.

    Raises `ValueError` for anything else, and for what is no address.
    """
    if value is None:
        return []
    texts = _texts(setting, value)
    too_many = f'"{setting}" has more than {MOST} addresses.'
    if sum(map(len, texts)) > MOST * _CHARACTERS:
        raise ValueError(too_many)
    found: dict[str, Mailbox] = {}
    for text in texts:
        for entry in _entries(text):
            mailbox = mailbox_of(entry)
            found.setdefault(mailbox.address, mailbox)
            if len(found) > MOST:
                raise ValueError(too_many)
    return list(found.values())


def one_mailbox_of(setting: str, value: JsonValue) -> Mailbox:
    """Return the one address of a text. Raises `ValueError` where there is none, or several."""
    found = mailboxes_of(setting, value)
    if len(found) == 1:
        return found[0]
    raise ValueError(f'"{setting}" must have one address; it has {len(found) or "none"}.')


def mailbox_of(text: str) -> Mailbox:
    """Read one address, with or without a name before it. Raises `ValueError` for what is none."""
    name, address = "", text.strip()
    if address.endswith(">") and "<" in address:
        name, _, address = address[:-1].rpartition("<")
    local, _, domain = address.strip().rpartition("@")
    ascii_domain = _in_ascii(domain) if len(text) <= _CHARACTERS else ""
    if not _is_local(local) or not ascii_domain or len(f"{local}@{ascii_domain}".encode()) > _ADDRESS_BYTES:
        raise ValueError(f"{_capital(shown(text))} is no e-mail address: {_SHAPE}.")
    return Mailbox(_bare(name), local, ascii_domain)


def one_line(text: str) -> str:
    """Return a text as a header can have it: line breaks and control characters become blanks."""
    return safe_header(" ".join(repair_text(text).splitlines()))


def _texts(setting: str, value: JsonValue) -> list[str]:
    given = [value] if isinstance(value, str) else value
    if isinstance(given, Sequence):
        texts = [text for text in given if isinstance(text, str)]
        if len(texts) == len(given):
            return texts
    raise ValueError(f'"{setting}" must be a text with addresses, or a list of them; it is {shown(value)}.')


def _entries(text: str) -> Iterator[str]:
    """Give what stands between the commas, except those within quotes."""
    start, is_quoted, is_escaped = 0, False, False
    for index, character in enumerate(text):
        if is_escaped or character == "\\":
            is_escaped = is_quoted and not is_escaped
        elif character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            yield from _given(text[start:index])
            start = index + 1
    yield from _given(text[start:])


def _given(entry: str) -> Iterator[str]:
    if entry.strip():
        yield entry


def _is_local(local: str) -> bool:
    if not local.isprintable() or _NOT_IN_LOCAL & set(local):
        return False
    return all(local.split(".")) and len(local.encode()) <= _LOCAL_BYTES


def _in_ascii(domain: str) -> str | None:
    """Return a domain as servers are told it, None for what is none."""
    try:
        encoded = domain.lower().encode("idna").decode()
    except UnicodeError:
        return None
    return encoded if _DOMAIN.fullmatch(encoded) and not _CHANGED & set(domain.lower()) else None


def _bare(name: str) -> str:
    """Return a name without the quotes around it."""
    stripped = one_line(name)
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        return re.sub(r"\\(.)", r"\1", stripped[1:-1]).strip()
    return stripped


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
