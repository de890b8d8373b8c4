"""Where a fault is said to be."""

import pytest
from liquid import Token
from liquid.exceptions import LiquidError

from app.graph.template.faults import position, rendering_error, syntax_error

SOURCE = "one\ntwo {{ x }}\n"
OUTPUT = Token("output", "{{", 8, SOURCE)


@pytest.mark.parametrize(
    ("index", "place"), [(0, (1, 1)), (2, (1, 3)), (3, (1, 4)), (4, (2, 1)), (8, (2, 5)), (16, (3, 1))]
)
def test_lines_and_columns_count_from_one(index: int, place: tuple[int, int]) -> None:
    assert position(SOURCE, index) == place


@pytest.mark.parametrize("token", [None, Token("end of expression", "", -1, "")])
def test_a_fault_without_a_place_has_none(token: Token | None) -> None:
    error = syntax_error(LiquidError("something", token=token), SOURCE)
    assert (error.message, error.line, error.column) == ("The template cannot be read: something.", None, None)


def test_a_fault_without_a_place_of_its_own_is_in_the_part_that_was_rendered() -> None:
    for cause in (LiquidError("x", token=None), ValueError("x")):
        error = rendering_error(cause, SOURCE, OUTPUT)
        assert (error.message, error.line, error.column) == ("Here a value is of a kind that does not fit.", 2, 5)
