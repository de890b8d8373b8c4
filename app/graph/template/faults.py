"""From Liquid's own errors to ours: a sentence for the workflow's author, with line and column."""

from liquid import Token
from liquid.exceptions import BlockNestingError, FilterArgumentError, LiquidError

from app.graph.errors import TemplateError
from app.graph.template import limits

# What a value of the wrong kind makes Python raise somewhere below an expression.
VALUE_FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class RefusedError(FilterArgumentError):
    """An expression that cannot do what is asked. The message is a sentence; for a filter, Liquid adds the place."""

    def __init__(self, sentence: str, token: Token | None = None) -> None:
        super().__init__(sentence, token=token)


def syntax_error(error: LiquidError, source: str) -> TemplateError:
    """Say why a template cannot be read."""
    if isinstance(error, BlockNestingError):
        sentence = f"Blocks may stand in each other at most {limits.NESTING} deep."
    else:
        sentence = f"The template cannot be read: {error.message}."
    return error_at(sentence, source, error.token)


def rendering_error(error: Exception, source: str, part: Token) -> TemplateError:
    """Say why a template cannot be rendered over these values. `part` is what was being rendered."""
    match error:
        case TemplateError():
            return error_at(error.message, source, part)
        case RefusedError():
            return error_at(str(error.message), source, error.token or part)
    place = error.token if isinstance(error, LiquidError) else None
    return error_at("Here a value is of a kind that does not fit.", source, place or part)


def error_at(sentence: str, source: str, token: Token | None) -> TemplateError:
    """Name the line and column at which a token starts, if it is known."""
    if token is None or token.start_index < 0:
        return TemplateError(sentence)
    return TemplateError(sentence, *position(source, token.start_index))


def position(source: str, index: int) -> tuple[int, int]:
    """Return line and column of a character, both counted from 1."""
    return source.count("\n", 0, index) + 1, index - source.rfind("\n", 0, index)
