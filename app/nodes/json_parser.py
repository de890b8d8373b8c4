"""Reads a text as JSON, and picks values out of it by JSONPath."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import Budget, NodeContext
from app.graph.errors import PermanentError
from app.graph.foreign import parse_json
from app.graph.jsonpath import Cost, JsonPath, PathTemplate
from app.graph.leaf import Roots, rendered
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.static_checks import check_static
from app.graph.template import ValueTemplate
from app.graph.template.values import json_bytes

VALUE = "value"
MAX_PATHS = 100
MAX_NAME_CHARACTERS = 255


class JsonParserSettings(ActionSettings):
    input: ValueTemplate = Field(description="JSON as a text; a value that is none is taken as it is.")
    paths: dict[str, PathTemplate] | None = Field(
        default=None,
        json_schema_extra={"maxProperties": MAX_PATHS},
        description=(
            "JSONPaths by the name under which the output has what they find: one value or null where the path can "
            "lead to one only, else a list."
        ),
    )

    @field_validator("input")
    @classmethod
    def _is_json(cls, given: ValueTemplate) -> ValueTemplate:
        check_static(given, _parsed)
        return given

    @field_validator("paths", mode="before")
    @classmethod
    def _are_few(cls, paths: JsonValue) -> JsonValue:
        if isinstance(paths, Mapping) and len(paths) > MAX_PATHS:
            raise ValueError(f'"paths" must have at most {MAX_PATHS} entries; it has {len(paths)}.')
        return paths

    @field_validator("paths")
    @classmethod
    def _have_free_names(cls, paths: dict[str, PathTemplate] | None) -> dict[str, PathTemplate] | None:
        for name in paths or ():
            if name == VALUE:
                raise ValueError(f'No path can have the name "{VALUE}": the output has the whole of the JSON there.')
            if not 0 < len(name.strip()) <= len(name) <= MAX_NAME_CHARACTERS:
                raise ValueError(
                    f'The name of a path has 1 to {MAX_NAME_CHARACTERS} characters; "{name[:60]}" has not.'
                )
        return paths


class JsonParser(Action):
    component_id = "json_parser"
    settings_type = JsonParserSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "value": "What the input says.",
        "*": "What each path found, by its name: a value for a path to one place, else a list.",
    }
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.order }}",
        "paths": {"total": "$.total", "skus": "$.lines[?@.price > 100].sku"},
    }

    def __init__(self, node_id: str, settings: JsonParserSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        return Success(await ctx.render(_Reading(self.settings, ctx.output_bytes)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Renders the settings to the step's output, away from the event loop."""

    settings: JsonParserSettings
    output_bytes: int

    @property
    def is_slow(self) -> bool:
        return True

    def render(self, roots: Roots, budget: Budget) -> JsonObject:
        """Return the output. Raises `PermanentError` for what is no JSON, and past a limit."""
        paths = {name: rendered(path, roots, budget) for name, path in (self.settings.paths or {}).items()}
        value = _parsed(rendered(self.settings.input, roots, budget))
        return {VALUE: value, **self._found(paths, value)}

    def _found(self, paths: Mapping[str, JsonPath], value: JsonValue) -> JsonObject:
        found: dict[str, JsonValue] = {}
        cost, size = Cost(), 0
        for name, path in paths.items():
            found[name] = values = path.found(value, cost)
            for one in values if isinstance(values, list) and not path.is_singular else [values]:
                size += len(json_bytes(one))  # written one by one: nested ones repeat each other many times
                if size > self.output_bytes:
                    raise PermanentError(
                        f"What the paths find is larger than {self.output_bytes} bytes together, the limit of one step."
                    )
        return found


def _parsed(given: JsonValue) -> JsonValue:
    if not isinstance(given, str):
        return given
    try:
        return parse_json(given.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise PermanentError(f'"input" is not JSON: {error.msg} ({place}).') from None
    except ValueError as error:
        raise PermanentError(f'"input" is JSON that cannot be kept: it has {error}.') from None
