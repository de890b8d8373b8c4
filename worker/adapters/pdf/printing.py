"""Makes PDFs of Markdown: in a thread, a few at once, within a time and a number of pages."""

import asyncio
import time
from collections.abc import Callable

from fpdf.errors import FPDFException
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from app.graph.errors import PermanentError
from app.graph.ports import Pdf, PdfOrder
from worker.adapters.pdf.blocks import Blocks
from worker.adapters.pdf.characters import Characters
from worker.adapters.pdf.sheet import Sheet

AT_ONCE = 2
MOST_PAGES = 300
MOST_NESTED = 100  # lists, their items, quotes and emphases within each other; what is deeper is left out


class MarkdownPrinter:
    """Implements `app.graph.ports.PdfPrinter`. Reading 100,000 characters takes up to 5 s that nothing can cut."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def print_markdown(self, order: PdfOrder) -> Pdf:
        """See the port."""
        async with self._room:
            return await asyncio.to_thread(printed, order)


def printed(order: PdfOrder) -> Pdf:
    """Print. Raises `PermanentError`."""
    check = _deadline(order.seconds)
    characters = Characters()
    try:
        sheet = Sheet(order.page_size, characters, check, _count_page)
        sheet.describe(order.title, order.created_at)
        Blocks(sheet).put(_parsed(order.markdown))
        return Pdf(bytes(sheet.output()), sheet.pages_count, characters.replaced)
    except (FPDFException, ValueError) as error:
        raise PermanentError(f"The text does not fit on the pages: {error}".rstrip(".") + ".") from None


def _parsed(markdown: str) -> SyntaxTreeNode:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTED}).enable(["table", "strikethrough"])
    return SyntaxTreeNode(parser.parse(markdown))


def _count_page(number: int) -> None:
    if number > MOST_PAGES:
        raise PermanentError(f"The PDF would have more than {MOST_PAGES} pages.")


def _deadline(seconds: float) -> Callable[[], None]:
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise PermanentError(f"The PDF took longer than {seconds:g} seconds to make.")

    return check
