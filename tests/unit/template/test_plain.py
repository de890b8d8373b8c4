"""What is read without Liquid's own reader comes out as Liquid would have read it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Token
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.expression import Expression
from liquid.token import TOKEN_EXPRESSION

from app.graph.template.environment import ENVIRONMENT
from app.graph.template.plain import plain_expression
from app.graph.template.streams import expression_stream

WORDS = st.sampled_from(
    ["n1", "run_id", "trigger", "limit", "in", "and", "true", "nil", "empty", "size", "_", "a-b", "é", "7", "x?"]
)
PARTS = st.one_of(
    WORDS.map(".{}".format), st.sampled_from(["[0]", "[12]", "[-1]", "['k']", "[n2]", ".0", " . b", ".."])
)
BLANKS = st.sampled_from(["", " ", "  ", "\n", "\t", "\f", "\xa0"])
PIPES = st.tuples(BLANKS, st.just("|"), BLANKS, WORDS, st.sampled_from(["", "", "", ": 1", " b"])).map("".join)
EXPRESSIONS = st.tuples(WORDS, st.lists(PARTS, max_size=3).map("".join), st.lists(PIPES, max_size=3).map("".join)).map(
    "".join
)


def token_of(text: str) -> Token:
    return Token(TOKEN_EXPRESSION, text, 5, f"abc{{{{{text}}}}}")


def by_liquid(token: Token) -> Expression:
    return FilteredExpression.parse(ENVIRONMENT, expression_stream(token, tag=""))


def told(expression: Expression) -> object:
    """Return all that an expression consists of, with the places that errors would name."""
    assert isinstance(expression, FilteredExpression)
    assert isinstance(expression.left, Path)
    filters = [(call.name, call.args, call.token) for call in expression.filters or ()]
    return expression.token, expression.left.token, expression.left.path, filters


@given(EXPRESSIONS)
def test_a_plain_expression_is_read_as_liquid_reads_it(text: str) -> None:
    token = token_of(text)
    plain = plain_expression(token)
    if plain is not None:
        assert told(plain) == told(by_liquid(token))


@pytest.mark.parametrize(
    "text", ["n1", "n1.run_id", "n1.items[0].name", "n1.limit | size", "n1.a|size | upcase", "trigger.body\n| json"]
)
def test_the_usual_outputs_are_plain(text: str) -> None:
    assert plain_expression(token_of(text)) is not None


@pytest.mark.parametrize(
    "text", ["true", "nil | size", "n1 | true", "n1[x]", "n1.a-b", "'x'", "1", "n1 | date: 'x'", ""]
)
def test_all_else_is_left_to_liquid(text: str) -> None:
    assert plain_expression(token_of(text)) is None
