"""A mutation: a safety line taken out of the code, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file: `old`, which stands there exactly once, becomes `new`."""

    file: str
    old: str
    new: str

    def applied(self, source: str) -> str:
        """Return the file's text as changed. Raises `ValueError` where the old text is not there exactly once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file} has this {source.count(self.old)} times: {self.old!r}")
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is taken away, how, and by which tests it has to be noticed.

    `takes_away` goes on from "without". Where one promise is kept in several places, all of them are edited.
    """

    name: str
    takes_away: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    def apply(self, checkout: Path) -> None:
        """Change the files of a checkout that nobody else uses."""
        for edit in self.edits:
            file = checkout / edit.file
            file.write_text(edit.applied(file.read_text()))
