"""The reference of components, written from the catalogue: as Markdown for docs/, as HTML for the server's pages."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt

from app.cli.reference.settings import Setting, rows_of
from app.core.json import JsonObject
from app.graph.catalogue import Catalogue
from app.graph.field_rules.table import RULES
from app.graph.node import ActionSettings, Node, Trigger
from app.graph.rules import ArrayRule, BooleanRule, DateRule, Group, NumberRule, StringRule
from app.graph.schema import component_schemas

_OF_ALL = frozenset(ActionSettings.model_fields)
_INTRO = """Every component, with its settings, what it puts out and by which handles an edge may leave it.
A node names its component in `data.componentId`; its settings stand beside that, flat in `data`.
Where a setting may be a template, Liquid in it is rendered before the node runs: `/docs/templates` of a running server
says what templates can read and do. Where an object may be of several kinds, each begins with the row that names it.
"""
_ACTIONS = """Besides its own settings, every component that is no trigger has these.
All of them have the handle `error`: where an edge leaves by it, a failure takes that edge,
and the step's output has `error.message` beside what was put out until then.
"""
_RULES = """A rule is a comparison, whose `type` says of what, or a group of rules.
It is the same wherever a setting holds rules, and the condition components have the same operators.
"""
_FIELD_RULES = """What a text of `rules` in `validate` may hold, as in `required|string|max:5`.
"""


def markdown(catalogue: Catalogue) -> str:
    """Return the whole reference as Markdown."""
    return "\n".join(_lines(catalogue)).rstrip() + "\n"


def html(catalogue: Catalogue) -> str:
    """Return the same as HTML without a frame; each component's heading can be linked to by its name."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown(catalogue))
    for token, text in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", text.content.strip("`").lower().replace(" ", "-"))
    return str(parser.renderer.render(tokens, parser.options, {}))


def _lines(catalogue: Catalogue) -> Iterator[str]:
    schemas = component_schemas(catalogue)
    triggers = [kind for kind in catalogue if issubclass(kind, Trigger)]
    conditions = [kind for kind in catalogue if kind.component_id.endswith("_condition")]
    actions = [kind for kind in catalogue if kind not in (*triggers, *conditions)]
    yield from ("# Components", "", _INTRO)
    families = (("Triggers", triggers), ("Actions", actions), ("Conditions", conditions))
    for title, kinds in families:
        yield from (f"{title}: {', '.join(f'[{kind.component_id}](#{kind.component_id})' for kind in kinds)}.", "")
    for title, kinds in families:
        yield from (f"## {title}", "")
        for kind in kinds:
            yield from _component(kind, _entry(schemas, kind))
    yield from ("## Settings of all actions", "", _ACTIONS, *_table(rows_of(ActionSettings.model_json_schema())))
    yield from ("## Rules", "", _RULES)
    for model in (Group, StringRule, NumberRule, BooleanRule, DateRule, ArrayRule):
        yield from (f"### {_titled(model.__name__)}", "", *_table(rows_of(_properties(model.model_json_schema()))))
    yield from ("## Rules for fields", "", _FIELD_RULES, "| rule | how it is written |", "|---|---|")
    yield from (f"| `{name}` | {_cell(RULES[name].usage)} |" for name in sorted(RULES))


def _component(kind: type[Node], entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### `{kind.component_id}`", "", entry["description"], "")
    if kind.aliases:
        yield from (f"Also as {_names(kind.aliases)}.", "")
    settings = rows_of(entry["settings"], _OF_ALL if not issubclass(kind, Trigger) else frozenset())
    if settings:
        yield from _table(settings)
    yield from ("| output | |", "|---|---|")
    yield from (f"| `{name}` | {_cell(what)} |" for name, what in kind.outputs.items())
    yield from ("", f"Handles: {_names(entry['handles_of_the_example'])}.", "")
    example = {"componentId": kind.component_id, **entry["example"]}
    yield from ("```json", json.dumps(example, indent=2, ensure_ascii=False), "```", "")


def _table(settings: Sequence[Setting]) -> Iterator[str]:
    yield from ("| setting | what it may be | default | |", "|---|---|---|---|")
    for row in settings:
        default = "required" if row.default is None else f"`{row.default}`" if row.default else ""
        yield f"| `{row.name}` | {_cell(row.kind)} | {default} | {_cell(row.description)} |"
    yield ""


def _entry(schemas: JsonObject, kind: type[Node]) -> Mapping[str, Any]:
    found = schemas[kind.component_id]
    return found if isinstance(found, Mapping) else {}


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a model that is recursive, and so stands among its own definitions."""
    reference = schema.get("$ref")
    return schema["$defs"][str(reference).rpartition("/")[2]] if reference else schema


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _titled(name: str) -> str:
    return "Group" if name == "Group" else f"Comparison: {name.removesuffix('Rule').lower()}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
