"""The pages as they fill: paragraphs, code, rules and tables, one below the other within the margins."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from fpdf import FPDF, FontFace
from fpdf.enums import WrapMode, XPos

from worker.adapters.pdf.characters import ENCODING, Characters
from worker.adapters.pdf.runs import Run, plain_text

TEXT, MONO = "Helvetica", "Courier"
BODY_POINTS, CODE_POINTS, SMALL_POINTS = 11.0, 9.0, 8.0
MARGIN, FOOT = 20.0, 15.0  # millimetres, as all lengths here
INDENT, DEEPEST = 6.0, 90.0
GAP, TIGHT = 2.5, 0.8  # below a block, and below the items of a list without blank lines
HEADING_POINTS = (22.0, 17.0, 14.0, 12.0, 11.0, 11.0)  # by level
HEADING_ROOM = 25.0  # a heading does not stand alone at the end of a page
CELL_PADDING = (1.0, 1.5)  # above and below, left and right
LINE = 1.35  # of the font's size

_INK, _GREY, _PALE, _BLUE = 0, 110, 242, (20, 80, 170)


class Sheet(FPDF):
    """`check` is asked again and again while there is work, and may raise; so may `on_page`, before each page."""

    def __init__(
        self, page_size: str, characters: Characters, check: Callable[[], None], on_page: Callable[[int], None]
    ) -> None:
        super().__init__(format=page_size)
        self._characters = characters
        self._check = check
        self._on_page = on_page
        self._is_quoted = False
        self._section = -1
        self.core_fonts_encoding = ENCODING
        self.alias_nb_pages("")  # texts may hold what stands for the number of pages
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_font(TEXT, size=BODY_POINTS)
        self.add_page()

    def describe(self, title: str, created_at: datetime) -> None:
        """Say in the document itself what it is and when it was made, so that the same text makes the same bytes."""
        self.set_creation_date(created_at)
        self.set_producer("Virga")
        if title:
            self.set_title(title)

    def header(self) -> None:
        """Begin a page."""
        self._check()
        self._on_page(self.page_no())

    def footer(self) -> None:
        """End a page with its number."""
        with self.local_context():
            self.set_y(-FOOT)
            self.set_font(TEXT, size=SMALL_POINTS)
            self.set_text_color(_GREY)
            self.cell(0, text=str(self.page_no()), align="C")

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Move the left margin in, as far as there is room."""
        before = self.l_margin
        self.set_left_margin(min(before + INDENT, DEEPEST))
        try:
            yield
        finally:
            self.set_left_margin(before)

    @contextmanager
    def quoted(self) -> Iterator[None]:
        """Draw a bar beside what the block puts on the pages, in grey."""
        first, top, x = self.page, self.y, self.l_margin + INDENT / 3
        was, self._is_quoted = self._is_quoted, True
        with self.indented():
            yield
        self._is_quoted = was
        last, bottom = self.page, self.y - GAP
        for page in range(first, last + 1):
            self.page = page
            self.set_draw_color(200)
            end = bottom if page == last else self.page_break_trigger
            start = top if page == first else self.t_margin
            if end > start:
                self.line(x, start, x, end)
        self.page = last

    def heading(self, runs: Sequence[Run], level: int, *, bullet: str = "") -> None:
        """Put a heading on the page, with what follows it, and into the outline that readers show beside the pages."""
        if self.y > self.t_margin and not bullet:
            self.ln(GAP)
        self._make_room(HEADING_ROOM)
        self._section = min(level - 1, self._section + 1)  # where the text leaves a level out, the outline does not
        self.start_section(self._characters.shown(plain_text(runs)) or "-", self._section)
        self.paragraph(runs, bullet=bullet, points=HEADING_POINTS[level - 1], style="B")

    def paragraph(
        self,
        runs: Sequence[Run],
        *,
        bullet: str = "",
        points: float = BODY_POINTS,
        style: str = "",
        gap: float = GAP,
    ) -> None:
        """Put text on the page. A bullet hangs to the left of it, in the indentation."""
        if bullet:
            self._hang(bullet)
        with self.text_columns(line_height=LINE, wrapmode=WrapMode.WORD) as columns, columns.paragraph() as text:
            for run in runs:
                self._check()
                self._look(run, points, style)
                text.write(self._characters.shown(run.text), link=run.link)
        self._plain()
        self.ln(gap)

    def code(self, text: str) -> None:
        """Put text on the page letter by letter, on a pale ground."""
        shown = self._characters.shown(text.expandtabs(4))
        self.set_font(MONO, size=CODE_POINTS)
        self.set_fill_color(_PALE)
        height = CODE_POINTS * LINE / self.k
        self.multi_cell(0, height, shown, align="L", fill=True, wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN)
        self._plain()
        self.ln(GAP)

    def rule(self) -> None:
        """Draw a line across the page."""
        self._make_room(3 * GAP)
        self.ln(GAP)
        self.set_draw_color(_GREY)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.ln(2 * GAP)

    def grid(self, rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> None:
        """Put a table on the page, whose first row is its head."""
        shown = [[self._characters.shown(cell) for cell in row] for row in rows]
        widths = self._widths(shown)
        with self.table(
            align="LEFT",
            width=min(sum(widths), self.epw),
            col_widths=widths,
            line_height=BODY_POINTS * LINE / self.k,
            padding=CELL_PADDING,
            text_align=tuple(aligns),
            headings_style=FontFace(emphasis="BOLD", fill_color=_PALE),
        ) as table:
            for row in shown:
                table.row(row)
        self.ln(GAP)

    def _widths(self, rows: Sequence[Sequence[str]]) -> list[float]:
        """Return the widths of a table's columns: what they need, and the widest less where that is too much."""
        self.set_font(style="B")
        room = 2 * CELL_PADDING[1] + 1
        needed = [max(map(self.get_string_width, column)) + room for column in zip(*rows, strict=True)]
        self.set_font(style="")
        left, widest = self.epw, 0.0
        for count, width in zip(range(len(needed), 0, -1), sorted(needed), strict=True):
            widest = left / count
            if width > widest:
                break
            left -= width
        return [min(width, widest) for width in needed] if sum(needed) > self.epw else needed

    def _make_room(self, height: float) -> None:
        """Begin a new page where less than `height` is left of this one."""
        if self.will_page_break(height):
            self.add_page()

    def _hang(self, bullet: str) -> None:
        self._make_room(BODY_POINTS * LINE / self.k)
        top = self.y
        self.set_x(self.l_margin - INDENT)
        self.cell(INDENT, BODY_POINTS * LINE / self.k, self._characters.shown(bullet), align="R")
        self.set_xy(self.l_margin, top)

    def _look(self, run: Run, points: float, style: str) -> None:
        styles = "".join(sorted({*run.style, *style, *("U" if run.link else "")}))
        self.set_font(MONO if run.is_code else TEXT, styles, points)
        if run.link:
            self.set_text_color(*_BLUE)
        else:
            self.set_text_color(_GREY if self._is_quoted else _INK)

    def _plain(self) -> None:
        self.set_font(TEXT, "", BODY_POINTS)
        self.set_text_color(_INK)
        self.set_fill_color(_INK)  # tables take it for none
