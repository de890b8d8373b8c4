import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.field_rules.date_format import DateFormat
from app.graph.template.filters.carbon import php_format

LETTERS = "djmnFMYyDlSHGhgaAisuvPpO"


@pytest.mark.parametrize(
    ("written", "text", "read"),
    [
        ("Y-m-d", "2026-03-04", "2026-03-04T00:00:00+00:00"),
        ("j. F Y", "4. March 2026", "2026-03-04T00:00:00+00:00"),
        ("D, d M y", "Wed, 04 Mar 26", "2026-03-04T00:00:00+00:00"),
        ("l jS", "Sunday 4th", "1970-01-04T00:00:00+00:00"),
        ("y", "70", "1970-01-01T00:00:00+00:00"),
        ("H:i:s.v", "05:06:07.120", "1970-01-01T05:06:07.120000+00:00"),
        ("G.i u", "5.06 000120", "1970-01-01T05:06:00.000120+00:00"),
        ("g:i A", "12:30 AM", "1970-01-01T00:30:00+00:00"),
        ("h:i a", "12:30 pm", "1970-01-01T12:30:00+00:00"),
        (r"Y-m-d\TH:i:sP", "2026-03-04T05:06:07+02:00", "2026-03-04T05:06:07+02:00"),
        ("YmdHisO", "20260304050607-0130", "2026-03-04T05:06:07-01:30"),
        ("Y p", "2026 Z", "2026-01-01T00:00:00+00:00"),
        (r"\Y\\-Y", r"Y\-2026", "2026-01-01T00:00:00+00:00"),
        ("n/j", "2/29", None),
        ("Y-m-d", "2026-02-29", None),
        ("Y-m-d", "2026-3-4", None),
        ("n", "03", None),
        ("D Y-m-d", "Mon 2026-03-04", None),
        ("jS", "4st", None),
        ("F", "march", None),
        ("M", "Xyz", None),
        ("H", "24", None),
        ("h", "13", None),
        ("P", "+25:00", None),
        ("Y", "2026\n", None),
        ("Y", "٢٠٢٦", None),
        ("Y", "2026" * 30, None),
    ],
)
def test_a_text_is_read_where_the_date_would_be_written_like_it(written: str, text: str, read: str | None) -> None:
    moment = DateFormat([written]).read(text)

    assert (moment and moment.isoformat()) == read


@pytest.mark.parametrize("value", [None, 2026, True, ["2026"]])
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert DateFormat(["Y"]).read(value) is None  # type: ignore[arg-type] # JSON, of whatever kind


@pytest.mark.parametrize("letter", sorted({*map(chr, range(65, 91)), *map(chr, range(97, 123))} - set(LETTERS)))
def test_a_letter_that_cannot_be_read_is_refused(letter: str) -> None:
    with pytest.raises(ValueError, match=f'cannot have the letter "{letter}"'):
        DateFormat([f"Y{letter}"])


@pytest.mark.parametrize(
    ("written", "part"), [("dj", "day"), ("MFY", "month"), ("hg", "half hour"), ("uv", "fraction")]
)
def test_a_format_says_everything_once(written: str, part: str) -> None:
    with pytest.raises(ValueError, match=f"says the {part} only once"):
        DateFormat([written])


@given(st.datetimes(timezones=st.timezones()), st.sampled_from(["Y-m-d H:i:s", "D j M Y g:i:s a", "d.m.Y\\TH:iP"]))
def test_what_is_written_in_a_format_is_read_by_it(moment: object, written: str) -> None:
    text = php_format(moment, written)  # type: ignore[arg-type] # a datetime

    read = DateFormat([written]).read(text)

    assert read is None or php_format(read, written) == text
