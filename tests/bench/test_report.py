import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import Figure, number, percentile, table

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)
PERCENTS = st.floats(0, 100)


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (1, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(percent: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    assert math.isnan(percentile([], 99))


@given(values=VALUES, percent=PERCENTS)
def test_a_percentile_is_one_of_the_values_and_covers_enough_of_them(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    covered = sum(value <= found for value in values)
    assert covered * 100 >= percent * len(values) * (1 - 1e-12)


@given(values=VALUES, low=PERCENTS, high=PERCENTS)
def test_higher_percentiles_are_not_smaller(values: list[float], low: float, high: float) -> None:
    assert percentile(values, min(low, high)) <= percentile(values, max(low, high))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (0.345, "0.34"), (9.994, "9.99"), (12.34, "12.3"), (123.4, "123"), (12345, "12,345")],
)
def test_numbers_show_what_means_something(value: float, text: str) -> None:
    assert number(value) == text


def test_what_was_not_measured_is_a_dash() -> None:
    assert number(math.nan) == "-"


def test_a_table_shows_each_figure_beside_its_baseline_and_their_ratio() -> None:
    figures = [Figure("drained", 500, "/s", "bare", 2000), Figure("memory", 80.5, "MiB")]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table(figures).splitlines()]
    assert lines[2:] == [["drained", "500 /s", "2,000 /s", "bare", "0.25"], ["memory", "80.5 MiB", "", "", ""]]


def test_the_lines_of_a_table_are_equally_long() -> None:
    figures = [Figure("a", 1, "ms", "limit", 50), Figure("something longer", 12_345, "% of a core")]
    assert len({len(line) for line in table(figures).splitlines()}) == 1


def test_nothing_is_divided_by_a_baseline_of_zero() -> None:
    assert Figure("idle", 1, "%", "limit", 0).cells()[-1] == ""
