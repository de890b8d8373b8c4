"""What a select field offers: read from a list, in the shapes that authors and earlier steps write."""

from collections import Counter
from collections.abc import Mapping

from app.core.json import JsonValue
from app.graph.form.prompt import Option
from app.graph.form.reading import FaultError

MOST_OPTIONS = 500  # more are for a search, not for a list
OPTION_CHARACTERS = 200

_SHAPE = 'must be a list of texts, or of objects such as {"value": "eu", "label": "Europe"}'


def read_options(given: JsonValue) -> tuple[Option, ...]:
    """Return what is offered, in order. Raises `FaultError`, as words that follow the setting's name."""
    if not isinstance(given, list | tuple):
        raise FaultError(_SHAPE)
    if not 0 < len(given) <= MOST_OPTIONS:
        raise FaultError(f"must have between 1 and {MOST_OPTIONS} options; it has {len(given)}")
    options = tuple(_option(one) for one in given)
    repeated = [value for value, count in Counter(option.value for option in options).items() if count > 1]
    if repeated:
        raise FaultError(f"must have each value once; more than once: {', '.join(repeated[:5])}")
    return options


def _option(given: JsonValue) -> Option:
    if isinstance(given, Mapping):
        value = _text(given.get("value"))
        label = given.get("label")
        return Option(value=value, label=value if label is None else _text(label))
    value = _text(given)
    return Option(value=value, label=value)


def _text(given: JsonValue) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise FaultError(_SHAPE)
    text = str(given).strip()
    if not 0 < len(text) <= OPTION_CHARACTERS:
        raise FaultError(f"must have values and labels of 1 to {OPTION_CHARACTERS} characters")
    return text
