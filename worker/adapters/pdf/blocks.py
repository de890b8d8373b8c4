"""From the blocks of a Markdown text to the pages."""

from collections.abc import Callable, Mapping

from markdown_it.tree import SyntaxTreeNode

from worker.adapters.pdf.runs import Run, plain_text, runs_of
from worker.adapters.pdf.sheet import GAP, TIGHT, Sheet

_BULLET = "\u2022"
_ALIGNS = {"text-align:center": "CENTER", "text-align:right": "RIGHT"}


class Blocks:
    """Puts blocks on a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._bullet = ""  # to be hung beside the next paragraph
        self._draw: Mapping[str, Callable[[SyntaxTreeNode], None]] = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "fence": self._code,
            "code_block": self._code,
            "bullet_list": self._list,
            "ordered_list": self._list,
            "blockquote": self._quote,
            "table": self._table,
            "hr": lambda _: self._sheet.rule(),
        }

    def put(self, parent: SyntaxTreeNode) -> None:
        """Put everything below a node on the sheet."""
        for node in parent.children:
            self._draw[node.type](node)

    def _heading(self, node: SyntaxTreeNode) -> None:
        self._sheet.heading(_inline(node), int(node.tag[1]), bullet=self._taken_bullet())

    def _paragraph(self, node: SyntaxTreeNode) -> None:
        gap = TIGHT if node.hidden else GAP
        self._sheet.paragraph(_inline(node), bullet=self._taken_bullet(), gap=gap)

    def _code(self, node: SyntaxTreeNode) -> None:
        self._hang_alone()
        self._sheet.code(node.content.rstrip("\n"))

    def _list(self, node: SyntaxTreeNode) -> None:
        self._hang_alone()
        number = int(node.attrs.get("start", 1))
        with self._sheet.indented():
            for item in node.children:
                self._bullet = f"{number}." if node.type == "ordered_list" else _BULLET
                number += 1
                self.put(item)
                self._hang_alone()
        self._sheet.ln(GAP - TIGHT)

    def _quote(self, node: SyntaxTreeNode) -> None:
        self._hang_alone()
        with self._sheet.quoted():
            self.put(node)

    def _table(self, node: SyntaxTreeNode) -> None:
        self._hang_alone()
        rows = [row for part in node.children for row in part.children]
        aligns = [_ALIGNS.get(str(cell.attrs.get("style")), "LEFT") for cell in rows[0].children]
        self._sheet.grid([[plain_text(_inline(cell)) for cell in row.children] for row in rows], aligns)

    def _taken_bullet(self) -> str:
        bullet, self._bullet = self._bullet, ""
        return bullet

    def _hang_alone(self) -> None:
        """Put a bullet down that no paragraph has taken."""
        if self._bullet:
            self._sheet.paragraph([Run(" ")], bullet=self._taken_bullet())


def _inline(node: SyntaxTreeNode) -> list[Run]:
    return [run for inline in node.children if inline.token for run in runs_of(inline.token)]
