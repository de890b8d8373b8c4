"""Entity tags in headers."""

import pytest

from app.http.etags import IfMatch, IfNoneMatch, quoted


def test_a_tag_is_written_in_quotes() -> None:
    assert quoted(7) == '"7"'


@pytest.mark.parametrize("header", [None, "*", " * ", '"7"', '"1", "7"', '"1","7"', 'W/"1", "7"', '"a,b", "7"'])
def test_if_match_allows(header: str | None) -> None:
    assert IfMatch(header).allows(7)


@pytest.mark.parametrize("header", ["", "7", '"8"', 'W/"7"', '"77"', '"7', "'7'", '"1" "7"x', '"*"'])
def test_if_match_refuses(header: str) -> None:
    assert not IfMatch(header).allows(7)


@pytest.mark.parametrize("header", ["*", '"a"', 'W/"a"', '"b", W/"a"'])
def test_if_none_match_has(header: str) -> None:
    assert IfNoneMatch(header).has("a")


@pytest.mark.parametrize("header", [None, "", "a", '"b"', '"A"', '"*"'])
def test_if_none_match_has_not(header: str | None) -> None:
    assert not IfNoneMatch(header).has("a")
