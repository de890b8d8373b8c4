import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.events import check_event, check_pattern, patterns_for

SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4)


def test_an_event_fits_its_name_and_every_wildcard_above_it() -> None:
    assert patterns_for("a.b.c") == ["a.b.c", "a.b.*", "a.*", "*"]
    assert patterns_for("a") == ["a", "*"]


@given(SEGMENTS, SEGMENTS, st.booleans())
def test_the_patterns_of_an_event_are_those_that_match_it(
    event: list[str],
    start: list[str],
    is_wild: bool,  # noqa: FBT001 -- drawn
) -> None:
    pattern = ".".join([*start, "*"] if is_wild else start)
    matches = event[: len(start)] == start and (len(event) > len(start) if is_wild else event == start)
    assert (pattern in patterns_for(".".join(event))) is matches


@pytest.mark.parametrize("name", ["a", "site.added", "A-1.b_2", "a" * 255, ".".join("a" * 16)])
def test_a_name_is_a_pattern_too(name: str) -> None:
    assert check_event(name) == check_pattern(name) == name


@pytest.mark.parametrize("pattern", ["*", "a.*", "a.b.*"])
def test_a_pattern_is_no_name(pattern: str) -> None:
    assert check_pattern(pattern) == pattern
    with pytest.raises(ValueError, match=r'^An event has a name such as "site.added": .* characters\.$'):
        check_event(pattern)


@pytest.mark.parametrize(
    "wrong", ["", ".", "a.", ".a", "a..b", "a b", "ä", "a\n", "a*", "*.a", "a.*.b", "**", "a" * 256, ".".join("a" * 17)]
)
def test_what_is_neither_is_refused(wrong: str) -> None:
    for check in (check_event, check_pattern):
        with pytest.raises(ValueError, match=r"parted by dots into at most 16 segments, at most 255 characters\.$"):
            check(wrong)
