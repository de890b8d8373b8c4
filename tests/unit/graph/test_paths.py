"""Iteration paths as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.paths import decode, encode

NODE_IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PATHS = st.lists(st.tuples(NODE_IDS, st.integers(0, 999)), max_size=4)


@pytest.mark.parametrize(
    ("path", "text"),
    [([], ""), (["loop", 3], "loop.3"), (["a", 0, "b", 12], "a.0.b.12"), (["a.b~ü", 1], "a%2Eb%7E%C3%BC.1")],
)
def test_a_path_is_written_with_dots_and_percent_signs(path: list[str | int], text: str) -> None:
    assert encode(path) == text
    assert decode(text) == path


@given(PATHS)
def test_every_path_survives_being_written(items: list[tuple[str, int]]) -> None:
    path = [part for item in items for part in item]
    assert decode(encode(path)) == path


@given(NODE_IDS)
def test_a_part_has_only_letters_digits_and_four_signs(node_id: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_%-]+", encode([node_id]))
