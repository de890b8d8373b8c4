"""PDFs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PdfOrder:
    markdown: str
    title: str
    page_size: str  # "A4" or "letter"
    created_at: datetime
    seconds: float  # that it may take


@dataclass(frozen=True, slots=True)
class Pdf:
    content: bytes
    pages: int
    replaced: str  # the characters that its fonts do not have, for which others stand


class PdfPrinter(Protocol):
    """Makes PDFs."""

    async def print_markdown(self, order: PdfOrder) -> Pdf:
        """Print a text. Nothing is fetched for it. Raises `PermanentError` past limits, and for what does not fit."""
        ...
