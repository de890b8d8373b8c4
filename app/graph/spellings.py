"""How a secret may look in what other systems send back: plain, percent-encoded, escaped as JSON, within base64."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from app.graph.http_request import safe_header

_HEX = re.compile(r"(?<=%)[0-9A-Fa-f]{2}|(?<=\\u)[0-9A-Fa-f]{4}")
# What encoders leave as it is: none of these, paths of Python, JavaScript's components, RFC 3986's paths and queries.
_SAFE = ("", "/", "!'()*", "!$&'()*+,;=:@", "!$&'()*+,;=:@/", "!$&'()*+,;=:@/?")
_AS_JSON: tuple[Mapping[str, str], ...] = (
    {},
    {"/": "\\/"},
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"},
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"},
)
_ARMOUR = "-----"  # around what kind of key a text is
_LEAST_LINE = 12  # characters; a shorter line stands elsewhere by chance
_URL_SAFE = str.maketrans("+/", "-_")


def spellings(secret: str) -> frozenset[str]:
    """Return every text that stands for the secret, the secret itself among them."""
    # Headers cannot hold line breaks; in a path the plus sign of a blank is often left as it is.
    sent = {secret, secret.strip(), safe_header(secret), secret.replace(" ", "+")}
    found = {secret.lower(), secret.encode().decode("latin-1")}  # names of hosts and headers; headers read as Latin-1
    for text in sent:
        found |= {text, *_percent_encoded(text), *_escaped(text), *_in_base64(text.encode())}
        for layer in _usual(text):
            found |= {*_usual(layer), *_in_base64(layer.encode())}
    return frozenset({*found, *_lines_of_key(secret)} - {""})


def _lines_of_key(secret: str) -> Iterator[str]:
    """Give the lines of a private key: it may be shown in parts, or with other ends of lines."""
    if secret.lstrip().startswith(_ARMOUR):
        for line in map(str.strip, secret.splitlines()):
            if len(line) >= _LEAST_LINE and not line.startswith(_ARMOUR):
                yield from (line, line.replace("/", "\\/"))


def _usual(text: str) -> frozenset[str]:
    """Return the spellings that are likely to be encoded once more, as an address is that holds an encoded secret."""
    as_json = (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    return frozenset((quote(text), quote(text, safe=""), quote_plus(text), *as_json))


def _percent_encoded(text: str) -> Iterator[str]:
    for safe in _SAFE:
        yield from _in_both_cases(quote(text, safe=safe))
        yield from _in_both_cases(quote_plus(text, safe=safe))


def _escaped(text: str) -> Iterator[str]:
    for ensure_ascii in (True, False):
        written = json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]
        for also in _AS_JSON:
            yield from _in_both_cases(_replaced(written, also))
    yield html.escape(text)
    yield html.escape(text, quote=False)


def _replaced(text: str, escapes: Mapping[str, str]) -> str:
    for character, escape in escapes.items():
        text = text.replace(character, escape)
    return text


def _in_base64(data: bytes) -> Iterator[str]:
    """Give the data as a whole, and what it fills whole characters with behind 0, 1 and 2 other bytes."""
    whole = base64.b64encode(data).decode()
    texts = [whole, whole.rstrip("=")]
    for before in range(3):
        shifted = base64.b64encode(bytes(before) + data + bytes(2)).decode()
        texts.append(shifted[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    yield from _transported(texts)


def _transported(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield text
        yield text.translate(_URL_SAFE)
        yield text.replace("/", "\\/")
        yield from _in_both_cases(quote(text, safe=""))


def _in_both_cases(text: str) -> Iterator[str]:
    """Give the text as it is, and with the digits of its escapes in capitals and in small letters."""
    yield from (
        text,
        _HEX.sub(lambda found: found.group().upper(), text),
        _HEX.sub(lambda found: found.group().lower(), text),
    )
