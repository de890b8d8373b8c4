"""One operation after the other, within the step's budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.foreign import repair_text
from app.graph.leaf import Roots, check, rendered
from app.graph.template import ValueTemplate
from app.graph.template.faults import VALUE_FAULTS, RefusedError
from app.graph.text_operations.operation import MAX_CHARACTERS, Operation, Work, too_long


@dataclass(frozen=True, slots=True)
class Chain:
    """Renders an input to what the operations make of it, away from the event loop."""

    input: ValueTemplate
    operations: Sequence[Operation]

    @property
    def is_slow(self) -> bool:
        return True

    def render(self, roots: Roots, budget: Budget) -> JsonValue:
        """Return the result: a text, a number, a list of texts or null. Raises `PermanentError`."""
        value = rendered(self.input, roots, budget)
        for operation in self.operations:
            work = operation.prepare(roots, budget)
            with budget:
                value = _done(operation.operation, work, value)
            check(budget)
        return _storable(value)


def _done(name: str, work: Work, value: JsonValue) -> JsonValue:
    try:
        made = work(value)
    except RefusedError as error:
        raise PermanentError(str(error.message)) from None
    except VALUE_FAULTS:
        raise PermanentError(f'"{name}" cannot be applied to this text.') from None
    if isinstance(made, str) and len(made) > MAX_CHARACTERS:
        raise too_long(name)
    return made


def _storable(value: JsonValue) -> JsonValue:
    """Return the result without characters that cannot be kept, which decoding can bring in."""
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return repair_text(value) if isinstance(value, str) else value
