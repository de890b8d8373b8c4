from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graph.errors import PermanentError
from app.graph.patterns import Pattern, compile_bare, compile_pattern, extracted, is_found, is_whole, replaced

PIECES = st.sampled_from(
    [
        *"()[]{}?*+|\\ab19,:=!<>P^$\né",
        *("(?", "(?i)", "(?V1)", "(?<=", "(?P<n>", "(?R)", "(?(1)", "(?>", "(?|", "(*SKIP)", "{e<=2}"),
        *("\\N{", "\\p{", "\\L<", "\\x", "\\u{", "\\g<", "\\b", "\\K", "[[:", "alpha:]]", "&&"),
    ]
)


def refusal(source: str) -> str:
    with pytest.raises(PermanentError) as caught:
        compile_pattern(source)
    return caught.value.message


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("b+", "abbc", True),
        ("^b", "abbc", False),
        ("/b+/", "abbc", True),
        ("/B/", "abc", False),
        ("/B/i", "abc", True),
        ("/^b$/m", "a\nb", True),
        ("/^b$/", "a\nb", False),
        ("/a.b/s", "a\nb", True),
        ("/a.b/", "a\nb", False),
        ("/é/u", "é", True),
        ("/a/g", "a", True),
        ("/a/im", "x\nA", True),
        ("/a/b/", "a/b", True),
        ("/api/v1", "x/api/v1", True),
        ("/api/v1", "api", False),
        ("", "anything", True),
        (r"\(?ext", "ext", True),
        (r"a{3}", "aaa", True),
    ],
)
def test_a_pattern_is_bare_or_stands_between_delimiters(source: str, text: str, found: bool) -> None:  # noqa: FBT001 -- a table
    assert is_found(compile_pattern(source), text) is found


def test_case_can_be_ignored_for_the_whole_pattern() -> None:
    assert is_found(compile_pattern("b", case_sensitive=False), "ABC")
    assert not is_found(compile_pattern("b", case_sensitive=True), "ABC")


def test_a_pattern_that_does_not_parse_is_refused_with_the_reason() -> None:
    message = 'The pattern "a(" is not a valid regular expression: missing ) at position 2.'

    assert refusal("a(") == message


def test_a_long_pattern_is_shown_cut() -> None:
    assert refusal("(" + "a" * 60).startswith(f'The pattern "({"a" * 59}…" is not')
    assert refusal("(" + "a" * 59).startswith(f'The pattern "({"a" * 59}" is not')


def test_a_pattern_has_at_most_two_thousand_characters() -> None:
    compile_pattern("a" * 2000)

    assert refusal("a" * 2001) == "A regular expression has at most 2000 characters; this has 2001."


@pytest.mark.parametrize(
    "source", ["(((a{100}){100}){100}){100}", "(?:a|bc){99999}", "/a{999999}/", "((a{60}){60}){60}"]
)
def test_a_pattern_that_would_fill_the_memory_is_refused(source: str) -> None:
    assert refusal(source).endswith("repeats too much; use smaller numbers in its braces.")


def test_repeats_may_come_to_200000_characters() -> None:
    compile_pattern("a" * 34 + "{5000}")

    assert refusal("a" * 35 + "{5000}").endswith("use smaller numbers in its braces.")


@pytest.mark.parametrize(
    "source",
    [
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        r"^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$",
        r"(([0-9a-f]{1,4}:){7,7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,7}:)",
        r"^.{0,5000}$",
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    ],
)
def test_ordinary_repeats_are_allowed(source: str) -> None:
    compile_pattern(source)


@pytest.mark.parametrize("source", ["(?x) a { 3 }", r"\\(?ix)a", "(?R)", "a(?1)?", "(?-1)", "(?&n)(?P<n>a)", "(?P>n)"])
def test_recursion_and_free_spacing_are_refused(source: str) -> None:
    assert refusal(source) == f'The pattern "{source}" uses recursion or the flag x; neither is available here.'


def test_deeply_nested_parentheses_are_refused() -> None:
    assert refusal("(" * 900 + ")" * 900).endswith("nests its parentheses too deeply.")


@pytest.mark.parametrize("matches", [is_found, is_whole])
def test_a_hostile_pattern_is_stopped(matches: Callable[[Pattern, str], bool]) -> None:
    with pytest.raises(PermanentError) as caught:
        matches(compile_pattern(r"(?:\w+\s?)+(?:\w+\s?)+(?:\w+\s?)+$"), "a" * 5000 + "!")

    assert caught.value.message.endswith(" took longer than 100 ms; make it simpler.")


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_searched_for_or_refused_with_a_sentence(source: str) -> None:
    message = "."
    try:
        is_found(compile_pattern(source), "ab19\n" * 5)
    except PermanentError as error:
        message = error.message
    assert message.endswith(".")


@pytest.mark.parametrize(("text", "whole"), [("ab", True), ("abc", False), ("xab", False), ("ab\n", False)])
def test_a_pattern_can_be_asked_for_all_of_a_text(text: str, whole: bool) -> None:  # noqa: FBT001 -- a column
    assert is_whole(compile_pattern("a|ab"), text) is whole


def test_slashes_of_a_bare_pattern_are_slashes() -> None:
    assert is_whole(compile_bare("/a/i"), "/a/i")
    assert not is_found(compile_bare("/a/i"), "A")
    with pytest.raises(PermanentError):
        compile_bare("(?R)")


def test_matches_are_replaced_by_texts_and_groups() -> None:
    assert replaced(compile_pattern(r"(\w)=(\w)?"), "a=b; c=", [2, ":", 1], 100) == "b:a; :c"
    assert replaced(compile_pattern("x*"), "axb", ["-"], 100) == "-a--b-"
    assert replaced(compile_pattern("x"), "abc", ["-"], 100) == "abc"


def test_what_replacing_makes_is_bounded_before_it_is_made() -> None:
    pattern = compile_pattern("^x+$")

    assert replaced(pattern, "x" * 50, [0, 0], 100) == "x" * 100
    with pytest.raises(PermanentError) as caught:
        replaced(pattern, "x" * 1_000_000, [0] * 1_000_000, 1_048_576)
    assert caught.value.message == 'The pattern "^x+$" and its replacement would make more than 1048576 characters.'


def test_what_a_group_holds_is_extracted() -> None:
    assert list(extracted(compile_pattern(r"(\w)(\d)?"), "a1b", 2)) == ["1", None]
