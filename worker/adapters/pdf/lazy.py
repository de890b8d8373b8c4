"""A printer whose libraries are loaded with the first PDF: they take 20 MiB of memory."""

from app.graph.ports import Pdf, PdfOrder, PdfPrinter
from worker.adapters.loading import OnFirstUse


class LazyPdfPrinter:
    """Implements `app.graph.ports.PdfPrinter`."""

    def __init__(self) -> None:
        self._printer = OnFirstUse[PdfPrinter]("worker.adapters.pdf.printing", "MarkdownPrinter")

    async def print_markdown(self, order: PdfOrder) -> Pdf:
        """See the port."""
        return await (await self._printer.get()).print_markdown(order)
