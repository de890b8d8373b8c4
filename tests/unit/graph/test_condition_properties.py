import operator
import re
from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS, holds
from app.graph.errors import PermanentError
from app.graph.operator import Options

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
EVERY_OPERATOR = [(kind, name) for kind, operators in OPERATORS.items() for name in operators]


def is_so(kind: str, name: str, left: JsonValue, right: JsonValue) -> bool:
    return holds(kind, name, left, right, Options())


@given(st.sampled_from(EVERY_OPERATOR), JSON, JSON, st.booleans())
def test_any_operands_give_an_answer_or_a_sentence(
    which: tuple[str, str],
    left: JsonValue,
    right: JsonValue,
    case_sensitive: bool,  # noqa: FBT001 -- drawn
) -> None:
    message = "."
    try:
        assert holds(*which, left, right, Options(case_sensitive)) in {True, False}
    except PermanentError as error:
        message = error.message
    assert message.endswith(".")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.decimals(-5, 5, places=6))
def test_comparing_numbers_agrees_with_decimals(left: Decimal, right: Decimal) -> None:
    reference: dict[str, Callable[[Decimal, Decimal], bool]] = {
        "equals": operator.eq,
        "not_equals": operator.ne,
        "greater_than": operator.gt,
        "greater_than_or_equal": operator.ge,
        "less_than": operator.lt,
        "less_than_or_equal": operator.le,
    }
    for name, compare in reference.items():
        assert is_so("number", name, str(left), str(right)) is compare(left, right)


@given(st.text("abA.", max_size=6), st.text("abA.", max_size=3))
def test_comparing_texts_agrees_with_python(left: str, right: str) -> None:
    reference = {
        "equals": left == right,
        "not_equals": left != right,
        "contains": right in left,
        "not_contains": right not in left,
        "starts_with": left.startswith(right),
        "ends_with": left.endswith(right),
        "regex": re.search(right, left) is not None,
    }
    for name, expected in reference.items():
        assert is_so("string", name, left, right) is expected
