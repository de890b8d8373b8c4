"""Reads a path: what is wrong with it is said with its place, and what could cost too much is refused."""

import re
from dataclasses import dataclass

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathQuery
from jsonpath_rfc9535.exceptions import JSONPathSyntaxError
from jsonpath_rfc9535.filter_expressions import Expression, StringLiteral
from jsonpath_rfc9535.lex import tokenize
from jsonpath_rfc9535.tokens import Token, TokenType

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemplateError
from app.graph.jsonpath.cost import Cost
from app.graph.jsonpath.evaluation import Evaluation
from app.graph.patterns import compile_bare
from app.graph.tally import count_path
from app.graph.template.faults import position

MAX_CHARACTERS = 1_000
MAX_PARTS = 50  # filters, functions, parentheses and logical operators, each some frames of the interpreter's stack

_NESTING = frozenset({TokenType.FILTER, TokenType.FUNCTION, TokenType.LPAREN})
_LOGICAL = frozenset({TokenType.AND, TokenType.OR, TokenType.NOT})
_TOKEN_TYPE = re.compile(r"<TokenType\.(\w+):[^>]*>")


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that was read. Immutable, usable from any thread."""

    source: str
    query: JSONPathQuery

    @property
    def is_singular(self) -> bool:
        """Say whether it leads to one value at most, whatever the document is."""
        return self.query.singular_query()

    def found(self, document: JsonValue, cost: Cost) -> JsonValue:
        """Return the value that a singular path leads to, or null; of any other path the list of all values.

        May take a second: not for the event loop. Raises `PermanentError` past a limit.
        """
        values = Evaluation(document, cost).found(self.query, document)
        if self.is_singular:
            return values[0] if values else None
        return values


class _Environment(JSONPathEnvironment):
    def validate_function_extension_signature(self, token: Token, args: list[Expression]) -> list[Expression]:
        """Check also the patterns that are written out."""
        checked: list[Expression] = super().validate_function_extension_signature(token, args)
        if token.value in ("match", "search") and isinstance(args[1], StringLiteral):
            try:
                compile_bare(args[1].value)
            except PermanentError as error:
                raise JSONPathSyntaxError(error.message, token=args[1].token) from None
        return checked


_ENVIRONMENT = _Environment()


def compile_path(source: str) -> JsonPath:
    """Read a path. Raises `TemplateError` with line and column."""
    if len(source) > MAX_CHARACTERS:
        raise TemplateError(f"A path has at most {MAX_CHARACTERS} characters; this one has {len(source)}.")
    count_path(len(source))
    try:
        tokens = tokenize(source)
        if sum(token.type_ in _NESTING or token.type_ in _LOGICAL for token in tokens) > MAX_PARTS:
            raise TemplateError(
                f"A path has at most {MAX_PARTS} filters, functions, parentheses, and signs such as && together."
            )
        return JsonPath(source, _ENVIRONMENT.compile(source))
    except JSONPathError as error:
        raise _fault(error, source) from None
    except (ArithmeticError, LookupError, RecursionError, ValueError):  # which the library lets through
        raise TemplateError(f"{_shown(source)} is not valid JSONPath.") from None


def _fault(error: JSONPathError, source: str) -> TemplateError:
    sentence = _TOKEN_TYPE.sub(lambda kind: kind[1].lower(), str(error.args[0])).rstrip(".")
    index = error.token.index if error.token else -1
    place = position(source, index if 0 <= index <= len(source) else len(source))
    return TemplateError(f"{_shown(source)} is not valid JSONPath: {sentence}.", *place)


def _shown(source: str) -> str:
    return f'The path "{source[:60]}{"…" if len(source) > 60 else ""}"'
