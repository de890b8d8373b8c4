"""PDFs of Markdown, read back: what stands on the pages, how it looks, where it leads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.graph.ports import Pdf, PdfOrder
from worker.adapters.pdf.printing import printed

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def pdf_of(markdown: str, *, title: str = "", page_size: str = "A4", seconds: float = 60) -> Pdf:
    return printed(PdfOrder(markdown, title, page_size, MADE, seconds))


def reader_of(markdown: str, *, title: str = "", page_size: str = "A4") -> PdfReader:
    return PdfReader(BytesIO(pdf_of(markdown, title=title, page_size=page_size).content))


def text_of(markdown: str) -> str:
    """Return the lines of all pages, their numbers left out."""
    pages = [page.extract_text().splitlines() for page in reader_of(markdown).pages]
    return "\n".join(line.rstrip() for lines in pages for line in lines[:-1])


@dataclass(frozen=True)
class Piece:
    text: str
    font: str
    size: float
    x: float
    y: float


def pieces_of(markdown: str) -> list[Piece]:
    """Return what was drawn on the first page: text, font, size and place."""
    pieces: list[Piece] = []

    def visit(text: str, _matrix: object, place: list[float], font: dict[str, str] | None, size: float) -> None:
        if text.strip() and font:
            pieces.append(Piece(text.strip(), font["/BaseFont"], size, place[4], place[5]))

    reader_of(markdown).pages[0].extract_text(visitor_text=visit)
    return pieces


def piece(markdown: str, text: str) -> Piece:
    return next(one for one in pieces_of(markdown) if text in one.text)


def links_of(markdown: str) -> list[str]:
    annotations = [one.get_object() for page in reader_of(markdown).pages for one in page.get("/Annots", [])]
    return [str(one["/A"]["/URI"]) for one in annotations]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("one\ntwo", "one two"),
        ("one  \ntwo", "one\ntwo"),
        ("one\n\ntwo", "one\ntwo"),
        ("a **b** _c_ ~~d~~ `e`", "a b c d e"),
        ("# One\n\n## Two", "One\nTwo"),
        ("- a\n- b\n  - c", "\u2022a\n\u2022b\n\u2022c"),
        ("7. a\n8. b", "7. a\n8. b"),
        ("> quoted", "quoted"),
        ("```\na\n  b\n```", "a\n  b"),
        ("    indented code", "indented code"),
        ("\\*plain\\*", "*plain*"),
        ("&euro; &amp; “quotes” — €", "€ & “quotes” — €"),
        ("{nb} of {nb}", "{nb} of {nb}"),
        ("<b>bold</b>\n\n<script>x()</script>", "<b>bold</b>\n<script>x()</script>"),
        ("![a cat](https://example.com/cat.png)", "a cat"),
        ("![](https://example.com/cat.png)", "image"),
        ("", ""),
    ],
)
def test_what_is_written_stands_on_the_page(markdown: str, text: str) -> None:
    assert text_of(markdown).replace("\u2022 ", "\u2022") == text


def test_a_table_has_all_of_its_cells() -> None:
    lines = text_of("| Name | Sum |\n|---|--:|\n| Ada | 1.50 |\n| `Bob` | **2** |").split()

    assert lines == ["Name", "Sum", "Ada", "1.50", "Bob", "2"]


def test_the_head_of_a_table_stands_on_every_page_of_it() -> None:
    rows = "".join(f"| {number} | x |\n" for number in range(120))
    pages = reader_of(f"| Number | Letter |\n|---|---|\n{rows}").pages

    assert len(pages) > 1
    assert [page.extract_text().split()[:2] for page in pages] == [["Number", "Letter"]] * len(pages)


@pytest.mark.parametrize(
    ("markdown", "font"),
    [
        ("plain", "/Helvetica"),
        ("**x**", "/Helvetica-Bold"),
        ("*x*", "/Helvetica-Oblique"),
        ("***x***", "/Helvetica-BoldOblique"),
        ("`x`", "/Courier"),
        ("**`x`**", "/Courier-Bold"),
        ("# x", "/Helvetica-Bold"),
        ("```\nx\n```", "/Courier"),
        ("|x|\n|-|", "/Helvetica-Bold"),
    ],
)
def test_emphasis_has_its_font(markdown: str, font: str) -> None:
    assert pieces_of(markdown)[0].font == font


def test_headings_become_smaller_with_their_level() -> None:
    sizes = [pieces_of(f"{'#' * level} x")[0].size for level in range(1, 7)]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[1] > sizes[2] > sizes[3]


def test_what_is_nested_stands_further_to_the_right() -> None:
    markdown = "outer\n\n- one\n  - two\n\n> quoted"
    places = {text: piece(markdown, text).x for text in ("outer", "one", "two", "quoted")}

    assert places["outer"] < places["one"] < places["two"]
    assert places["quoted"] == places["one"]


def test_deep_nesting_ends_somewhere() -> None:
    assert "deep" in text_of("- " * 19 + "deep")


def test_headings_are_listed_beside_the_pages() -> None:
    outline = reader_of("# One\n\n### Three *deep*\n\n## Two").outline

    assert _titles(outline) == ["One", ["Three deep", "Two"]]


def _titles(outline: object) -> object:
    return [_titles(part) for part in outline] if isinstance(outline, list) else getattr(outline, "title", None)


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("[a](https://example.com/x?y=1)", ["https://example.com/x?y=1"]),
        ("[a](http://example.com)", ["http://example.com"]),
        ("<ada@example.com>", ["mailto:ada@example.com"]),
        ("[a](tel:+1234)", ["tel:+1234"]),
        ("![cat](https://example.com/cat.png)", ["https://example.com/cat.png"]),
        ("[![cat](https://example.com/cat.png)](https://example.com/)", ["https://example.com/"]),
        ("[a](javascript:alert)", []),
        ("[a](file:///etc/passwd)", []),
        ("[a](#there)", []),
        ("[a](relative/path)", []),
        ("[a](data:text/html,x)", []),
        ("![a](data:image/png;base64,AAAA)", []),
    ],
)
def test_links_lead_to_the_web_or_to_somebody(markdown: str, links: list[str]) -> None:
    assert links_of(markdown) == links


@pytest.mark.parametrize(
    ("given", "shown", "replaced"),
    [
        ("Grüße, señor €5 “q” — …", "Grüße, señor €5 “q” — …", ""),
        ("Łódź", "Lódz", "Łź"),
        ("a → b ≤ c", "a -> b <= c", "→≤"),
        ("日本日", "???", "日本"),
        ("x\u200by\u00adz", "xyz", ""),
        ("ﬁne", "fine", "ﬁ"),
        ("e\u0301", "e", ""),
        ("a\x07b", "ab", ""),
        ("👍", "?", "👍"),
    ],
)
def test_what_the_fonts_do_not_have_is_written_as_near_as_can_be(given: str, shown: str, replaced: str) -> None:
    pdf = pdf_of(given)

    assert PdfReader(BytesIO(pdf.content)).pages[0].extract_text().splitlines()[0] == shown
    assert pdf.replaced == replaced


@pytest.mark.parametrize("place", ["# {}", "`{}`", "```\n{}\n```", "|{}|\n|-|", "- {}", "> {}", "[{}](http://x.y)"])
def test_what_the_fonts_do_not_have_is_replaced_everywhere(place: str) -> None:
    assert pdf_of(place.format("日")).replaced == "日"


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 595, 842), ("letter", 612, 792)])
def test_the_pages_have_the_wanted_size(size: str, width: int, height: int) -> None:
    box = reader_of("x", page_size=size).pages[0].mediabox

    assert (round(box.width), round(box.height)) == (width, height)


def test_the_document_says_what_it_is() -> None:
    about = reader_of("x", title="日本 & Ünï").metadata

    assert about is not None
    assert (about.title, about.creation_date) == ("日本 & Ünï", MADE)
    assert about.producer == "Virga"


def test_pages_are_counted_and_numbered() -> None:
    markdown = "word " * 3_000
    pages = reader_of(markdown).pages

    assert pdf_of(markdown).pages == len(pages) > 1
    numbers = [page.extract_text().splitlines()[-1] for page in pages]
    assert numbers == [str(number) for number in range(1, len(pages) + 1)]


def test_nothing_is_lost_where_pages_end() -> None:
    words = [f"w{number}" for number in range(3_000)]
    listed = [f"l{number}" for number in range(300)]
    quoted = [f"q{number}" for number in range(100)]
    markdown = "\n".join([" ".join(words), "", *(f"- {one}" for one in listed), "", *(f"> {one}\n>" for one in quoted)])

    assert [word for word in text_of(markdown).split() if word != "\u2022"] == words + listed + quoted


def test_a_heading_does_not_stand_alone_at_the_end_of_a_page() -> None:
    for lines in range(35, 48):
        pages = reader_of("x  \n" * lines + "\n\n## Heading\n\nbelow").pages
        where = [number for number, page in enumerate(pages) if "Heading" in page.extract_text()]
        assert [number for number, page in enumerate(pages) if "below" in page.extract_text()] == where


def test_the_same_text_makes_the_same_bytes() -> None:
    assert pdf_of("# a\n\n**b** [c](http://d.e)").content == pdf_of("# a\n\n**b** [c](http://d.e)").content
