"""What is too much, or too strange, to be printed."""

import asyncio
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.graph.errors import PermanentError
from app.graph.ports import PdfOrder
from tests.unit.adapters.test_pdf import MADE, pdf_of
from worker.adapters.pdf.lazy import LazyPdfPrinter
from worker.adapters.pdf.printing import MOST_PAGES
from worker.adapters.pdf.runs import MOST_RUNS


def test_there_are_at_most_300_pages() -> None:
    with pytest.raises(PermanentError, match=f"The PDF would have more than {MOST_PAGES} pages"):
        pdf_of("```\n" + "x\n" * 20_000 + "```")


def test_the_time_is_limited() -> None:
    with pytest.raises(PermanentError, match="The PDF took longer than 0 seconds to make"):
        pdf_of("x\n\n" * 1_000, seconds=0)


def test_the_looks_within_a_paragraph_are_limited() -> None:
    with pytest.raises(PermanentError, match=f"it may have {MOST_RUNS}"):
        pdf_of("*a* " * MOST_RUNS)


@pytest.mark.parametrize(
    ("markdown", "why"),
    [
        ("|a|\n|-|\n|" + "word " * 2_000 + "|", "too high"),
        ("|a" * 200 + "\n" + "|-" * 200, "Not enough horizontal space"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(markdown: str, why: str) -> None:
    with pytest.raises(PermanentError, match=f"The text does not fit on the pages: .*{why}"):
        pdf_of(markdown)


MARKS = st.sampled_from(
    [
        *(
            "# ",
            "- ",
            "1. ",
            "> ",
            "```\n",
            "|",
            "|-|\n",
            "\n",
            "\n\n",
            "    ",
            "---\n",
            "*",
            "**",
            "`",
            "~~",
            "[a](",
            ")",
        ),
        *("![", "](http://x.y)", "<b>", "&amp;", "\\", "  \n", "\t", "日", "\u200b", "x" * 200),
    ]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(MARKS | st.text(max_size=5), max_size=30).map("".join))
def test_any_text_is_printed_or_refused_with_a_sentence(markdown: str) -> None:
    try:
        pdf = pdf_of(markdown)
    except PermanentError as error:
        said = error.message
    else:
        said = f"{pdf.pages - len(PdfReader(BytesIO(pdf.content)).pages)} pages are missing."
    assert said.startswith(("0 pages", "The text does not fit")), said


async def test_several_are_printed_beside_each_other() -> None:
    printer = LazyPdfPrinter()
    order = PdfOrder("x", "", "A4", MADE, 60)

    printed_ = await asyncio.gather(*(printer.print_markdown(order) for _ in range(5)))

    assert {pdf.pages for pdf in printed_} == {1}
