"""Definitions as text: JSON or YAML, the same bytes for the same definitions."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson
import yaml
from pydantic import JsonValue

from app.cli.definitions import yaml_events
from app.core.errors import InvalidRequestError
from app.core.json import JsonValue as AnyJson
from app.http.json_body import parse_json

Format = Literal["json", "yaml"]
FORMATS: dict[str, Format] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
MAX_FILE_BYTES = 8 * 1024 * 1024  # seconds of reading; more belongs into several files
_ODD_BREAKS = frozenset("\r\x85\u2028\u2029\ufeff")  # which YAML takes for the ends of lines, or drops, unless escaped
_UNFOLDED = 2**31 - 1  # columns: a line of text stays one line


class UnreadableFileError(Exception):
    """Says what is wrong with a file as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """One definition, not yet looked at, and where it stands."""

    place: str
    value: AnyJson


def write(forms: Sequence[dict[str, JsonValue]], kind: Format, *, as_list: bool) -> str:
    """Return the text. A list of one is a list too: in YAML, documents; without it, the one definition."""
    if kind == "yaml":
        return yaml.dump_all(
            forms, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_UNFOLDED, explicit_start=as_list
        )
    shown = list(forms) if as_list else forms[0]
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def read(file: Path) -> list[Found]:
    """Return the definitions of a file: one, or a list of them, in YAML also a document each.

    Raises `UnreadableFileError`.
    """
    kind = FORMATS.get(file.suffix.lower())
    if kind is None:
        raise UnreadableFileError(f"its name must end in {', '.join(FORMATS)}")
    raw = _bytes(file)
    try:
        values = [parse_json(raw)] if kind == "json" else [_strict(value) for value in _documents(raw)]
    except InvalidRequestError as error:
        raise UnreadableFileError(error.message.rstrip(".").replace("The body", "it", 1)) from None
    listed = [one for value in values for one in (value if isinstance(value, list) else [value])]
    if not listed:
        raise UnreadableFileError("it has no workflow")
    if len(listed) == 1:
        return [Found(str(file), listed[0])]
    return [Found(f"{file}[{index}]", value) for index, value in enumerate(listed)]


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read: {error.strerror}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise UnreadableFileError(f"it is larger than {MAX_FILE_BYTES} bytes; divide it")
    return raw


def _documents(raw: bytes) -> list[AnyJson]:
    try:
        return list(yaml_events.documents(raw.decode()))
    except UnicodeDecodeError:
        raise UnreadableFileError("it is not UTF-8") from None
    except yaml_events.UnfitYamlError as error:
        raise UnreadableFileError(f"it {error}") from None


def _strict(value: AnyJson) -> AnyJson:
    """Let the reader of request bodies look at it too: there is one rule for what can be stored."""
    try:
        return parse_json(orjson.dumps(value))
    except TypeError:  # half of a surrogate pair, or an integer past 64 bits
        raise UnreadableFileError("it has a text that is not valid Unicode, or an integer past 64 bits") from None


class _Dumper(yaml.SafeDumper):
    """Writes what `yaml_events` reads back unchanged, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out, also what is there twice."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD_BREAKS & set(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver(  # 1e3 is a number to the reader, and must be quoted where it is a text
    "tag:yaml.org,2002:float", re.compile(f"(?:{yaml_events.FLOAT.pattern})$", re.ASCII), list("-0123456789")
)
