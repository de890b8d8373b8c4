"""Finds what a path leads to. Iterates where the library recurses, and counts every value that it looks at."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from jsonpath_rfc9535 import JSONPathQuery
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpression,
    FilterExpressionLiteral,
    FilterQuery,
    FunctionExtension,
    IntegerLiteral,
    LogicalExpression,
    PrefixExpression,
    RootFilterQuery,
)
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import (
    FilterSelector,
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
)

from app.core.json import JsonValue
from app.graph.jsonpath.comparing import COMPARISONS, NOTHING, Comparable
from app.graph.jsonpath.cost import Cost
from app.graph.patterns import Pattern, compile_bare, is_found, is_whole

_KEPT_PATTERNS = 100  # those that data brings along could be any number


class Evaluation:
    """One document, and the patterns that filters have met in it. Every method raises `PermanentError` past a limit."""

    def __init__(self, root: JsonValue, cost: Cost) -> None:
        self._root = root
        self._cost = cost
        self._patterns: dict[str, Pattern] = {}

    def found(self, query: JSONPathQuery, start: JsonValue) -> list[JsonValue]:
        """Return the values that a query leads to from a value, in their order."""
        values = [start]
        for segment in query.segments:
            descends = isinstance(segment, JSONPathRecursiveDescentSegment)
            values = [
                selected
                for value in (self._with_descendants(values) if descends else values)
                for selector in segment.selectors
                for selected in self._selected(selector, value)
            ]
        return values

    def _with_descendants(self, values: Iterable[JsonValue]) -> Iterator[JsonValue]:
        """Give each value and, behind it, the objects and lists within it."""
        for start in values:
            stack = [start]
            while stack:
                value = stack.pop()
                yield value
                within = self._within(value)
                stack += [inner for inner in reversed(within) if isinstance(inner, dict | list)]

    def _within(self, value: JsonValue) -> Sequence[JsonValue]:
        if not isinstance(value, dict | list):
            return ()
        self._cost.count(1 + len(value))
        return list(value.values()) if isinstance(value, dict) else value

    def _selected(self, selector: JSONPathSelector, value: JsonValue) -> Iterable[JsonValue]:
        self._cost.count()
        match selector:
            case NameSelector():
                return (value[selector.name],) if isinstance(value, dict) and selector.name in value else ()
            case IndexSelector():
                is_there = isinstance(value, list) and -len(value) <= selector.index < len(value)
                return (value[selector.index],) if isinstance(value, list) and is_there else ()
            case SliceSelector():
                return self._sliced(value, selector.slice) if isinstance(value, list) else ()
            case FilterSelector():
                return (inner for inner in self._within(value) if self._holds(selector.expression, inner))
        return self._within(value)

    def _sliced(self, value: list[JsonValue], part: slice) -> Sequence[JsonValue]:
        if part.step == 0:
            return ()
        self._cost.count(len(range(*part.indices(len(value)))))
        return value[part]

    def _holds(self, expression: Expression, current: JsonValue) -> bool:
        self._cost.count()
        match expression:
            case FilterExpression():
                return self._holds(expression.expression, current)
            case LogicalExpression():
                holds = self._holds(expression.left, current)
                decides = holds is (expression.operator == "||")
                return holds if decides else self._holds(expression.right, current)
            case PrefixExpression():
                return not self._holds(expression.right, current)
            case ComparisonExpression():
                left, right = self._value(expression.left, current), self._value(expression.right, current)
                return COMPARISONS[expression.operator](left, right, self._cost)
            case FunctionExtension():
                return self._matches(expression, current)
        return bool(self._nodes(expression, current))

    def _nodes(self, expression: Expression, current: JsonValue) -> list[JsonValue]:
        query = cast("FilterQuery", expression).query  # nothing else is left: the library refuses it when it reads
        return self.found(query, self._root if isinstance(expression, RootFilterQuery) else current)

    def _value(self, expression: Expression, current: JsonValue) -> Comparable:
        self._cost.count()
        match expression:
            case IntegerLiteral():
                return _exactly(expression)
            case FilterExpressionLiteral():
                literal: JsonValue = expression.value
                return literal
            case FunctionExtension():
                return self._computed(expression, current)
        return _only(self._nodes(expression, current))

    def _computed(self, function: FunctionExtension, current: JsonValue) -> Comparable:
        argument = function.args[0]
        if function.name == "count":
            return len(self._nodes(argument, current))
        if function.name == "value":
            return _only(self._nodes(argument, current))
        measured = self._value(argument, current)
        return len(measured) if isinstance(measured, str | list | dict) else NOTHING

    def _matches(self, function: FunctionExtension, current: JsonValue) -> bool:
        text, source = (self._value(argument, current) for argument in function.args)
        if not isinstance(text, str) or not isinstance(source, str):
            return False
        matches = is_whole if function.name == "match" else is_found
        result = matches(self._pattern(source), text)
        self._cost.look()
        return result

    def _pattern(self, source: str) -> Pattern:
        if source not in self._patterns:
            if len(self._patterns) >= _KEPT_PATTERNS:
                self._patterns.clear()
            self._patterns[source] = compile_bare(source)
        return self._patterns[source]


def _only(values: Sequence[JsonValue]) -> Comparable:
    return values[0] if len(values) == 1 else NOTHING


def _exactly(literal: IntegerLiteral) -> int:
    """Return a whole number with all of its digits, which the library sends through a double."""
    written = literal.token.value
    return literal.value if "e" in written.lower() else int(written)
