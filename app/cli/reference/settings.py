"""The settings of a component as rows of a table, those of objects within them included."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.cli.reference.types import RULE_MODELS, Schema, in_words, is_tag, models_of
from app.core.json import dumps

_DEFAULT_CHARACTERS = 40  # a longer one would make its column too wide for a phone


class Setting(NamedTuple):
    """`name` as it is posted, such as `headers[].key`; `default` as JSON, None where the setting is required."""

    name: str
    kind: str
    default: str | None
    description: str


def rows_of(schema: Schema, leave_out: frozenset[str] = frozenset()) -> list[Setting]:
    """Return the settings of a schema, required ones first."""
    found = list(_rows(schema, schema.get("$defs") or {}, "", ()))
    wanted = [row for row in found if row.name.split(".")[0].removesuffix("[]") not in leave_out]
    tops = sorted(_by_top(wanted), key=lambda rows: rows[0].default is not None)
    return [row for rows in tops for row in rows]


def _by_top(rows: Sequence[Setting]) -> list[list[Setting]]:
    grouped: dict[str, list[Setting]] = {}
    for row in rows:
        grouped.setdefault(row.name.split(".")[0].removesuffix("[]"), []).append(row)
    return list(grouped.values())


def _rows(schema: Schema, models: Schema, prefix: str, around: tuple[str, ...]) -> Iterator[Setting]:
    required = schema.get("required") or ()
    for name, described in (schema.get("properties") or {}).items():
        own = f"{prefix}{name}"
        default = None if name in required else _default(described)
        yield Setting(own, in_words(described), default, _sentence(described))
        yield from _below(described, models, own, around)


def _below(described: Schema, models: Schema, own: str, around: tuple[str, ...]) -> Iterator[Setting]:
    """Give the rows of each model that a setting may be one of, what tells it from the others first."""
    for model, is_list in models_of(described):
        if model not in around and model not in RULE_MODELS:
            schema = models[model]
            tagged = sorted(schema["properties"].items(), key=lambda one: not is_tag(one[1]))
            prefix = f"{own}[]." if is_list else f"{own}."
            yield from _rows({**schema, "properties": dict(tagged)}, models, prefix, (*around, model))


def _default(described: Schema) -> str:
    value = described.get("default")
    written = "" if value is None or value in ([], {}) else dumps(value)
    return written if len(written) <= _DEFAULT_CHARACTERS else f"{written[:_DEFAULT_CHARACTERS]}…"


def _sentence(described: Schema) -> str:
    secret = " May read the vault." if described.get("x-secret") else ""
    return f"{described.get('description', '')}{secret}"
