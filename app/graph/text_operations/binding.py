"""Operations as settings write them: a name, or an object with a name and parameters."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, cast, get_args

from pydantic import AfterValidator, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.config import JsonDict

from app.core.json import JsonValue
from app.graph.kinds import shown
from app.graph.text_operations.adding import Attach, Pad, Repeat
from app.graph.text_operations.cutting import Join, Slug, Split, Substring, Truncate
from app.graph.text_operations.generating import Password, Random
from app.graph.text_operations.operation import Operation
from app.graph.text_operations.plain import Plain
from app.graph.text_operations.replacing import RegexExtract, RegexReplace, Replace

AnyOperation = (
    Plain
    | Slug
    | Replace
    | RegexReplace
    | RegexExtract
    | Substring
    | Truncate
    | Split
    | Join
    | Attach
    | Pad
    | Repeat
    | Random
    | Password
)
_KINDS: Mapping[str, type[AnyOperation]] = {
    name: kind for kind in get_args(AnyOperation) for name in get_args(kind.model_fields["operation"].annotation)
}


_WITHOUT_PARAMETERS = [
    name
    for name, kind in _KINDS.items()
    if not any(field.is_required() for parameter, field in kind.model_fields.items() if parameter != "operation")
]


def bind_operation(value: object, _: ValidatorFunctionWrapHandler) -> AnyOperation:
    """Return the operation. Raises `ValidationError`; pydantic's own way would name each kind that it tried."""
    written = {"operation": value} if isinstance(value, str) else value
    name = written.get("operation") if isinstance(written, Mapping) else None
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is not None:
        return kind.model_validate(written)
    wrong = "This is no operation" if name is None else f"There is no such operation; it is {shown(name)}"
    raise ValueError(f"{wrong}: write a name, or an object with it as operation; there are {', '.join(_KINDS)}.")


def name_alone(schema: JsonDict) -> None:
    """Say in the JSON Schema of the list that the name of an operation does as well."""
    items = cast("dict[str, list[JsonValue]]", schema["items"])
    items["anyOf"] = [{"type": "string", "enum": [*_WITHOUT_PARAMETERS]}, *items["anyOf"]]


def _fit_each_other(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """Refuse an operation on texts behind one that makes a list, and the other way round."""
    for before, after in pairwise(operations):
        made = f'but "{before.operation}" before it makes a'
        if before.gives_list and not after.takes_list:
            raise ValueError(f'"{after.operation}" needs a text, {made} list; only join takes one.')
        if after.takes_list and not before.gives_list:
            raise ValueError(f'"{after.operation}" needs a list, {made} text.')
    return operations


Operations = Annotated[
    tuple[Annotated[AnyOperation, WrapValidator(bind_operation)], ...], AfterValidator(_fit_each_other)
]
