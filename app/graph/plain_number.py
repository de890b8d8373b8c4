"""Settings that are numbers and no templates: `Annotated[int, Field(ge=1), NO_TRUTH] | None`.

True and false are no numbers, though Python takes them for 1 and 0.
"""

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError


def _no_truth(given: object) -> object:
    if isinstance(given, bool):
        raise PydanticKnownError("float_type")
    return given


NO_TRUTH = BeforeValidator(_no_truth)
