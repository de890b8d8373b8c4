"""From pydantic's findings about a node's settings to sentences for the workflow's author."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.json import JsonValue
from app.graph.errors import Issue
from app.graph.kinds import shown
from app.graph.model import NodeSpec

_OBJECT, _LIST, _TEXT = "must be an object", "must be a list", "must be a text"
_TRUTH, _NUMBER, _WHOLE = "must be true or false", "must be a number", "must be a whole number"
_WRONG_VALUES = {
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), _OBJECT),
    **dict.fromkeys(("list_type", "tuple_type"), _LIST),
    "string_type": _TEXT,
    "template_type": "must be {expected}",
    **dict.fromkeys(("bool_type", "bool_parsing"), _TRUTH),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}
_WRONG_SIZES = {
    "missing": "is required",
    "union_tag_not_found": "needs {discriminator}, which says what it is",
    "union_tag_invalid": "cannot have the {discriminator} '{tag}'; there are {expected_tags}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} entries; it has {actual_length}",
}


def issues_of(spec: NodeSpec, error: ValidationError) -> list[Issue]:
    """Return one Issue for each finding, at the place of the setting."""
    return [
        Issue(f"{spec.path}.data{_place(fault, spec)}", _sentence(fault, spec), spec.id)
        for fault in error.errors(include_url=False)
    ]


def _place(fault: ErrorDetails, spec: NodeSpec) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _posted(fault["loc"], spec.data))


def _posted(loc: Sequence[int | str], data: JsonValue) -> Iterator[int | str]:
    """Say a place as the author wrote it.

    Left out is what pydantic adds where a setting has several shapes: the name of the chosen one. An object that stands
    for a list of pairs has keys, not rows with a `key` and a `value`.
    """
    at = data
    while loc:
        part, loc = loc[0], loc[1:]
        if isinstance(at, Mapping) and isinstance(part, int):
            part, loc = list(at)[part], loc[1:]
        if not loc or not isinstance(at, Mapping) or part in at:
            yield part
            at = _within(at, part)


def _within(at: JsonValue, part: int | str) -> JsonValue:
    if isinstance(at, Mapping):
        return at.get(str(part))
    return at[part] if isinstance(at, Sequence) and isinstance(part, int) else None


def _sentence(fault: ErrorDetails, spec: NodeSpec) -> str:
    name, kind, context = _place(fault, spec).removeprefix("."), fault["type"], fault.get("ctx", {})
    if kind in _WRONG_VALUES:
        return f'"{name}" {_WRONG_VALUES[kind].format(**context)}; it is {shown(fault["input"])}.'
    if kind in _WRONG_SIZES:
        return f'"{name}" {_WRONG_SIZES[kind].format(**context)}.'
    if kind == "template":
        return f'"{name}" of {spec.id}: {fault["msg"]}'
    return fault["msg"].removeprefix("Value error, ")
