"""What a template sees while it renders: the step's context and its own variables, under the step's budget."""

from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from typing import TextIO

from liquid import BoundTemplate, RenderContext, Token
from liquid.undefined import UNDEFINED, Undefined
from liquid.utils import ReadOnlyChainMap

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.template.filters import FILTERS
from app.graph.template.sinks import TextSink

NOW = "now"  # the root that holds the engine's moment


class Scope(RenderContext):
    """Liquid's context, reading plain JSON and no clock. What is missing is None everywhere."""

    def __init__(self, template: BoundTemplate, roots: Mapping[str, JsonValue], budget: Budget) -> None:
        super().__init__(template, globals=roots)
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)  # the library adds the wall clock here
        self.budget = budget

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Return the value at a path, None where there is none. Every part that costs time begins here."""
        del default
        self.budget.check()
        value = super().get(path, token=token, default=None)
        return None if isinstance(value, Undefined) else value

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter that exists: templates with others are refused when they are read."""
        del token
        self.budget.check()
        return partial(FILTERS[name], self.budget, self.globals.get(NOW))

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        """Return a buffer for `capture` and `ifchanged`: text, whatever surrounds them."""
        del buf
        return TextSink(self.budget)
