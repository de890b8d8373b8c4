"""JSON Schemas that workflows' authors write: draft 2020-12, compiled once, bounded in what checking may cost."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.core.json import JsonValue, dumps
from app.graph.input_fault import MAX_FAULTS, InputFault, place_of, sentence_of, too_large
from app.graph.kinds import shown
from app.graph.schema_cost import cost_of, patterns_of
from app.graph.tally import count_patterns

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

MAX_BYTES = 65_536  # of a schema as JSON: as much as of a template
MAX_COST = 5_000  # parts of a schema, with what its references stand for written out
MAX_CHECKS = 20_000_000  # parts of the schema times values: about a second in the worst case
LISTED_CHECKS = 100_000  # up to here all faults are listed, beyond only the first: listing is a thousand times slower
_PATTERN_BYTES = 524_288  # of memory for one compiled pattern, which is then matched in linear time


@cache
def _library() -> Any:
    """Return jsonschema_rs, loaded with the first schema: it takes 5 MiB of memory, and many servers have none."""
    return import_module("jsonschema_rs")


class InputSchema:
    """A compiled schema. Immutable, usable from any thread; as a field of settings it is read by `compile_schema`."""

    def __init__(self, source: JsonValue, validator: "Draft202012Validator", cost: int) -> None:
        self.source = source
        self._validator = validator
        self._cost = cost

    def faults(self, value: JsonValue) -> list[InputFault]:
        """Return what keeps the value from fitting, none where it fits. May take a second: not for the event loop."""
        checks = self._cost * _count(value, MAX_CHECKS // self._cost)
        if checks > MAX_CHECKS:
            return [too_large("schema")]
        if checks > LISTED_CHECKS:
            return self._first(value)
        found = self._validator.iter_errors(value)
        return [_fault(error) for error, _ in zip(found, range(MAX_FAULTS), strict=False)]

    def _first(self, value: JsonValue) -> list[InputFault]:
        try:
            self._validator.validate(value)
        except _library().ValidationError as error:
            return [_fault(error)]
        return []

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler, /) -> CoreSchema:
        to_json = core_schema.plain_serializer_function_ser_schema(lambda schema: schema.source)
        return core_schema.no_info_plain_validator_function(compile_schema, serialization=to_json)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        return {"type": ["object", "boolean"]}


def compile_schema(schema: JsonValue) -> InputSchema:
    """Return a schema ready to check values with. Raises `ValueError` with a sentence for one that cannot be used.

    References lead to parts of the same schema only, and never in a circle.
    """
    if not isinstance(schema, Mapping | bool):
        raise ValueError(f"A JSON Schema must be an object, or true or false; it is {shown(schema)}.")  # noqa: TRY004 -- pydantic's word
    written = _written(schema)
    size = len(written.encode())
    if size > MAX_BYTES:
        raise ValueError(f"A JSON Schema has at most {MAX_BYTES} bytes; this one has {size}.")
    cost = cost_of(schema)
    if cost > MAX_COST:
        raise ValueError(f"A JSON Schema has at most {MAX_COST} parts, references written out; this one has {cost}.")
    count_patterns(patterns_of(schema))
    patterns = _library().RegexOptions(size_limit=_PATTERN_BYTES)
    try:
        validator = _library().Draft202012Validator(written, offline=True, pattern_options=patterns)
    except _library().ValidationError as error:
        place = place_of(error.instance_path) or "its top"
        raise ValueError(f"This is no JSON Schema of draft 2020-12: at {place}, {sentence_of(error.message)}") from None
    return InputSchema(schema, validator, cost)


def _written(schema: JsonValue) -> str:
    try:
        return dumps(schema)
    except TypeError as error:
        raise ValueError(f"This JSON Schema cannot be read: {sentence_of(str(error))}") from None


def _count(value: JsonValue, most: int) -> int:
    """Count a value and those within it, no further than past `most`."""
    count = 1
    level = [value]
    while level and count <= most:
        level = [inner for outer in level if not isinstance(outer, str) for inner in _within(outer)]
        count += len(level)
    return count


def _within(value: JsonValue) -> Sequence[JsonValue]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, Sequence) else ()


def _fault(error: "ValidationError") -> InputFault:
    return InputFault(place_of(error.instance_path), error.kind.name, sentence_of(error.message))
