"""What a child prints: kept in a file, and quoted when the child gives up."""

from pathlib import Path

_KEPT_BYTES = 16 * 1024 * 1024  # one older file of about this size is kept as well


class Output:
    """The log file of one child, and where its latest start begins in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def begin(self) -> Path:
        """Make the file ready for another start and return its path."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        if self.path.stat().st_size > _KEPT_BYTES:
            self.path.replace(self.path.with_suffix(".old.log"))
            self.path.touch(mode=0o600)
        self._start = self.path.stat().st_size
        return self.path

    def last_words(self) -> str:
        """Return the reason in what was printed since the latest start."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            return last_words(file.read().decode(errors="replace"))


def last_words(said: str) -> str:
    """Return the reason in what a program printed before it gave up."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    marks = ("FATAL:", "PANIC:", "error:")
    reasons = [line.split(mark, 1)[1].strip() for line in lines for mark in marks if mark in line]
    return reasons[-1] if reasons else " ".join(lines[-3:]) or "it said nothing"
