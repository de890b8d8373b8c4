"""Makes a PDF of a text in Markdown."""

import base64
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.ports import PdfOrder
from app.graph.template import TextTemplate

MOST_CHARACTERS = 100_000
LONGEST_SECONDS = 60.0
MOST_NAME_CHARACTERS = 100
_SUFFIX = ".pdf"
_UNFIT_IN_NAMES = frozenset('/\\:*?"<>|')
_BESIDE_BYTES = 1_000  # of the output: everything but the document


class MarkdownToPdfSettings(ActionSettings):
    markdown: TextTemplate = Field(
        description="The text: headings, lists, tables, code, quotes, links; of images their texts, of HTML nothing."
    )
    title: TextTemplate | None = Field(
        default=None, description="What readers of PDFs show as the document's title; it is not put on the pages."
    )
    page_size: Literal["A4", "letter"] = Field(default="A4", description="The size of the pages.")
    filename: TextTemplate | None = Field(
        default=None, description="The file's name for whoever sends or stores it; document.pdf if left out."
    )


class MarkdownToPdf(Action):
    component_id = "markdown_to_pdf"
    settings_type = MarkdownToPdfSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "filename": "The name of the file, which ends with .pdf.",
        "content_type": "Always application/pdf.",
        "content_base64": "The file as base64, as attachments of mail take it.",
        "pages": "How many pages it has.",
        "size_bytes": "Its size.",
        "replaced_characters": "The characters that its fonts do not have, for which others stand.",
    }
    example: ClassVar[JsonObject] = {
        "markdown": "# Order {{ trigger.context.number }}\n\nThank you for *your order*.",
        "filename": "order-{{ trigger.context.number }}.pdf",
    }

    def __init__(self, node_id: str, settings: MarkdownToPdfSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        """Print. Raises `PermanentError` past limits, and for what does not fit on the pages."""
        settings = self.settings
        filename = _file_name(await ctx.render(settings.filename) if settings.filename else "document")
        order = PdfOrder(
            markdown=_checked(await ctx.render(settings.markdown)),
            title=await ctx.render(settings.title) if settings.title else "",
            page_size=settings.page_size,
            created_at=ctx.now,
            seconds=min(ctx.timeout_seconds, LONGEST_SECONDS),
        )
        pdf = await ctx.outside.pdf.print_markdown(order)
        size = len(pdf.content)
        if size * 4 / 3 + _BESIDE_BYTES > ctx.output_bytes:
            raise PermanentError(
                f"The PDF has {size} bytes, which is more than a step can put out ({ctx.output_bytes} bytes as base64)."
            )
        return Success(
            {
                "filename": filename,
                "content_type": "application/pdf",
                "content_base64": base64.b64encode(pdf.content).decode(),
                "pages": pdf.pages,
                "size_bytes": size,
                "replaced_characters": pdf.replaced[:MOST_NAME_CHARACTERS],
            }
        )


def _checked(markdown: str) -> str:
    if len(markdown) > MOST_CHARACTERS:
        raise PermanentError(f'"markdown" has {len(markdown)} characters; it may have {MOST_CHARACTERS}.')
    return markdown


def _file_name(given: str) -> str:
    """Return a name that files may have everywhere, and that ends with `.pdf`."""
    fit = "".join("-" if one in _UNFIT_IN_NAMES or not one.isprintable() else one for one in given).strip(" .")
    stem = fit[: -len(_SUFFIX)] if fit.lower().endswith(_SUFFIX) else fit
    return (stem[: MOST_NAME_CHARACTERS - len(_SUFFIX)].strip(" .") or "document") + _SUFFIX
