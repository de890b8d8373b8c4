"""Whether a text with templates was written as JSON: decided by its author's part alone, before any value is known."""

import re
from collections.abc import Iterable

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.tags.capture_tag import CaptureNode

from app.core.json import loads
from app.graph.template.sinks import Place
from app.graph.template.tags import VALUE_NODES, ContentNode

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BETWEEN_STRINGS = re.compile(r"(?:[-+.\deE\s{}\[\]:,]|true|false|null)*+", re.ASCII)
_BRACKETS = ("{}", "[]")


def is_json(text: str) -> bool:
    """Say whether a text is JSON."""
    try:
        loads(text)
    except ValueError:
        return False
    return True


def is_written_as_json(template: BoundTemplate) -> bool:
    """Say whether a template is JSON once a value stands in the place of each output.

    With branches or loops that cannot be known for every way through. There it counts as JSON when it begins and ends
    like an object or a list and holds nothing between its strings that JSON does not have.
    """
    outline = _Outline(template)
    outline.nodes(template.nodes)
    text = "".join(outline.pieces).strip()
    if not outline.has_branches:
        return outline.has_text and is_json(text)
    return text[:1] + text[-1:] in _BRACKETS and _BETWEEN_STRINGS.fullmatch(_STRING.sub("", text)) is not None


class _Outline:
    def __init__(self, template: BoundTemplate) -> None:
        self._context = RenderContext(template)  # the library asks for one, for tags that do not exist here
        self._place = Place.OUTSIDE
        self.pieces: list[str] = []
        self.has_text = False
        self.has_branches = False

    def nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            match node:
                case ContentNode():
                    self.has_text = self.has_text or not node.blank
                    self.pieces.append(node.text)
                    self._place = node.static.place_after[self._place]
                case CaptureNode():
                    pass  # what it renders goes elsewhere
                case _ if isinstance(node, VALUE_NODES):
                    # Behind a backslash the letter makes an escape that does not exist.
                    self.pieces.append('""' if self._place is Place.OUTSIDE else "x")
                case _:
                    self._block(node)

    def _block(self, node: Node) -> None:
        children = list(node.children(self._context))
        self.has_branches = self.has_branches or bool(children)
        self.nodes(children)
