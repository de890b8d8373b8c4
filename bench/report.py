"""From measurements to the printed table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = ("what", "Virga", "beside it", "", "ratio")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of `values` do not exceed; not a number where there is none."""
    if not values:
        return math.nan
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, and what it is to be seen beside: a baseline measured too, or a limit."""

    what: str
    value: float
    unit: str
    beside: str = ""
    beside_value: float | None = None

    def cells(self) -> tuple[str, ...]:
        measured = f"{number(self.value)} {self.unit}"
        if self.beside_value is None:
            return (self.what, measured, "", self.beside, "")
        ratio = f"{self.value / self.beside_value:.2f}" if self.beside_value else ""
        return (self.what, measured, f"{number(self.beside_value)} {self.unit}", self.beside, ratio)


def number(value: float) -> str:
    """Write three digits that mean something, thousands apart."""
    if math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table that is also readable as it stands."""
    rows = [_HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["| " + " | ".join(_align(row, widths)) + " |" for row in rows]
    rule = ["-" * width if column in {0, 3} else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join([lines[0], "| " + " | ".join(rule) + " |", *lines[1:]])


def _align(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    return [
        cell.ljust(width) if column in {0, 3} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
