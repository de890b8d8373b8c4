"""Operations that look for something in a text."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.leaf import Roots, rendered
from app.graph.patterns import Pattern, compile_pattern, extracted, replaced
from app.graph.static_checks import check_static
from app.graph.template import StepBudget, TextTemplate
from app.graph.template.filters import texts
from app.graph.text_operations.operation import MAX_CHARACTERS, MAX_PARTS, TextOperation, too_long
from app.graph.text_operations.parameters import Characters, early
from app.graph.text_operations.references import group_of, pieces_of

_SEARCH = Characters("search", 1, MAX_CHARACTERS)
_PATTERN = "A regular expression, bare or as /pattern/flags."


class Replace(TextOperation):
    operation: Literal["replace"] = Field(description="Replaces a text wherever it stands.")
    search: Annotated[TextTemplate, early(_SEARCH)] = Field(description="What is replaced.")
    replacement: TextTemplate = Field(default=TextTemplate(""), description="What stands there instead.")

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        search, replacement = _SEARCH(rendered(self.search, roots, budget)), rendered(self.replacement, roots, budget)
        return lambda text: texts.replace(text, search, replacement)


class RegexReplace(TextOperation):
    operation: Literal["regex_replace"] = Field(description="Replaces whatever matches a pattern.")
    pattern: Annotated[TextTemplate, early(compile_pattern)] = Field(description=_PATTERN)
    replacement: TextTemplate = Field(
        default=TextTemplate(""),
        description="What stands there instead; $1 or ${name} is what a group holds, $0 the whole match, $$ a dollar.",
    )

    @field_validator("replacement")
    @classmethod
    def _names_groups(cls, replacement: TextTemplate, info: ValidationInfo) -> TextTemplate:
        pattern = _static(info.data.get("pattern"))
        if pattern is not None:
            check_static(replacement, lambda written: pieces_of(written, pattern))
        return replacement

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        pattern = compile_pattern(rendered(self.pattern, roots, budget))
        pieces = pieces_of(rendered(self.replacement, roots, budget), pattern)
        return lambda text: replaced(pattern, text, pieces, MAX_CHARACTERS)


class RegexExtract(TextOperation):
    operation: Literal["regex_extract"] = Field(description="Takes what matches a pattern; null where nothing does.")
    pattern: Annotated[TextTemplate, early(compile_pattern)] = Field(description=_PATTERN)
    group: TextTemplate | None = Field(
        default=None,
        description="Number or name of the group that is taken; left out: the first, or without any the whole match.",
    )
    all: bool = Field(default=False, description="Whether all matches are taken, as a list, and not only the first.")

    @field_validator("group")
    @classmethod
    def _is_there(cls, group: TextTemplate | None, info: ValidationInfo) -> TextTemplate | None:
        pattern = _static(info.data.get("pattern"))
        if pattern is not None:
            check_static(group, lambda name: group_of(name, pattern))
        return group

    @property
    def gives_list(self) -> bool:
        return self.all

    def on_text(self, roots: Roots, budget: Budget) -> Callable[[str], JsonValue]:
        pattern = compile_pattern(rendered(self.pattern, roots, budget))
        name = rendered(self.group, roots, budget) if self.group else ""
        group = group_of(name, pattern) if name else min(pattern.groups, 1)
        if self.all:
            return lambda text: self._every(pattern, text, group)
        return lambda text: next(extracted(pattern, text, group), None)

    def _every(self, pattern: Pattern, text: str, group: int) -> JsonValue:
        found: list[JsonValue] = []
        size = 0
        for part in extracted(pattern, text, group):
            found.append(part)
            size += len(part or "")
            if len(found) > MAX_PARTS:
                raise PermanentError(f'"regex_extract" makes at most {MAX_PARTS} parts.')
            if size > MAX_CHARACTERS:
                raise too_long(self.operation)
        return found


def _static(pattern: TextTemplate | None) -> Pattern | None:
    """Return a pattern that is known before a run and can be used."""
    return compile_pattern(pattern.render({}, StepBudget())) if pattern is not None and pattern.is_static else None
