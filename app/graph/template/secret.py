"""Settings that may be an item of the vault as a whole: `vlt_…` in place of `{{ vault["…"] }}`."""

import re

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template.text import TextTemplate
from app.graph.template.value import ValueTemplate

_MARK = "vlt_"
_ITEM = re.compile(r"\s*(vlt_[0-9A-Za-z]+)\s*", re.ASCII)


class SecretText(TextTemplate):
    """Text with templates in it; a text that is the id of a vault item stands for its secret."""

    def __init__(self, source: str) -> None:
        super().__init__(_spelled_out(source))
        self.source = source


class SecretValue(ValueTemplate):
    """A JSON value with templates in its texts; a text that is the id of a vault item stands for its secret."""

    def __init__(self, source: JsonValue) -> None:
        super().__init__(_spelled_out(source) if isinstance(source, str) else source)
        self.source = source


def item_named(text: str) -> str | None:
    """Return the id of the vault item that a text is, None where it is something else."""
    found = _ITEM.fullmatch(text)
    return found.group(1) if found else None


def _spelled_out(source: str) -> str:
    item = item_named(source)
    if item:
        return f'{{{{ vault["{item}"] }}}}'
    if source.lstrip().startswith(_MARK) and "{" in source:
        raise TemplateError("The id of a vault item is written out, such as vlt_01k8x…, without templates in it.")
    return source
