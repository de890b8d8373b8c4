"""What is wrong with a graph (Issue), and the two words a node author knows for a step that fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from app.core.json import JsonValue


class Severity(StrEnum):
    ERROR = "error"  # the workflow is refused
    WARNING = "warning"  # the workflow is saved


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding about a definition: where (`nodes[1].data.url`), at which node, and what would be right."""

    path: str
    message: str
    node_id: str | None = None
    severity: Severity = Severity.ERROR


@dataclass(eq=False)  # not frozen: context managers set the traceback of an exception that passes through them
class StepError(Exception):
    """Why a step failed, in a sentence for the workflow's author, with what it had produced until then."""

    message: str
    output: Mapping[str, JsonValue] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

    def behind(self, words: str) -> Self:
        """Return the same failure with words before its message."""
        return replace(self, message=words + self.message)


@dataclass(eq=False)
class PermanentError(StepError):
    """Trying again would fail again: a wrong setting, a refused address, a value of the wrong kind."""


@dataclass(eq=False)
class TemporaryError(StepError):
    """Another try may succeed. `delay_seconds` is what the other side asked for (Retry-After), if it did."""

    delay_seconds: float | None = None


class TemplateError(Exception):
    """A template that does not parse (line and column are 1-based) or that went past a limit while rendering."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class GraphError(Exception):
    """A definition that cannot be run. `issues` says why; one that was saved through validation has none."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(" ".join(f"{issue.path}: {issue.message}" for issue in issues))
        self.issues = tuple(issues)
