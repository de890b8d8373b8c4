"""What a setting may be, in words, read from its JSON Schema."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

RULE_MODELS = frozenset({"Group", "StringRule", "NumberRule", "BooleanRule", "DateRule", "ArrayRule"})
_WORDS = {
    "number": "number",
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
}
_ANYTHING = "anything, with templates in its texts"
_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} of them"),
    ("maxItems", "at most {} of them"),
)


def alternatives(schema: Schema) -> Sequence[Schema]:
    """Return what a schema may be one of, at whatever depth, null left out; itself where it is one thing."""
    options = schema.get("anyOf") or schema.get("oneOf")
    if not options:
        return [schema]
    return [inner for option in options if option.get("type") != "null" for inner in alternatives(option)]


def model_of(schema: Schema) -> str | None:
    """Return the name of the model that a schema refers to, be it as the items of a list."""
    reference = schema.get("$ref") or (schema.get("items") or {}).get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


def models_of(schema: Schema) -> Iterator[tuple[str, bool]]:
    """Give the models that a schema may be one of, each with whether it is an entry of a list."""
    for option in alternatives(schema):
        is_list = option.get("type") == "array"
        for shape in alternatives(option.get("items") or {}) if is_list else [option]:
            model = model_of(shape)
            if model is not None:
                yield model, is_list


def is_tag(schema: Schema) -> bool:
    """Say whether a property tells the models apart that a setting may be one of."""
    return any("const" in option for option in alternatives(schema))


def in_words(schema: Schema) -> str:
    """Say what a value of the schema is, such as `a list of objects, at most 500 of them`."""
    options = alternatives(schema)
    if any(model_of(option) in RULE_MODELS for option in options):
        if {} in options:
            return f"{_ANYTHING}, or a [rule](#rules)"
        is_list = any(option.get("type") == "array" for option in options)
        return "list of [rules](#rules)" if is_list else "[rule](#rules)"
    if any(option.get("format") == "liquid" for option in options):
        return _template(options)
    words = list(dict.fromkeys(_one(option) for option in options))
    return " or ".join(words)


def _template(options: Sequence[Schema]) -> str:
    """Say of what kinds a setting may be that takes templates; a text takes numbers and truths as well."""
    kinds = [str(option.get("type")) for option in options]
    if kinds[0] != "string":
        return ", ".join([_WORDS[kinds[0]], *_bounds(options[0]), "or a template"])
    others = [_WORDS[kind] for kind in kinds if kind in {"object", "array"}]
    return ", ".join([*others, "text"]) + ", with templates"


def _one(schema: Schema) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return "object"
    kind = schema.get("type")
    if kind is None:
        return _ANYTHING
    if isinstance(kind, list):
        return " or ".join(_WORDS.get(str(one), str(one)) for one in kind)
    return ", ".join([_kind(schema, kind), *_bounds(schema)])


def _kind(schema: Schema, kind: str) -> str:
    items = schema.get("items") or {}
    if kind != "array" or not items:
        return _WORDS.get(kind, kind)
    inner = in_words(items)
    return f"list of {inner}s" if inner in {"object", "text", "number"} else f"list, each {inner}"


def _bounds(schema: Schema) -> Sequence[str]:
    return [words.format(f"{schema[name]:,}") for name, words in _BOUNDS if name in schema]
