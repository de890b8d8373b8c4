"""Copies of the checkout, to be changed and thrown away: the files that git knows, as they are now."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def copied(folder: Path | None = None) -> Iterator[Path]:
    """Yield a copy of the checkout; or of a copy, with what Python has compiled in it."""
    # Short, since sockets lie below it; resolved, since the tests compare paths.
    with TemporaryDirectory(prefix="virga-m-", ignore_cleanup_errors=True) as place:
        copy = Path(place).resolve() / "c"
        if folder is None:
            _copy_known_files(copy)
        else:
            shutil.copytree(folder, copy)
        yield copy


def _copy_known_files(copy: Path) -> None:
    git = [shutil.which("git") or "git", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=CHECKOUT, capture_output=True, check=True).stdout
    for name in os.fsdecode(listed).split("\0"):
        if name and (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, copy / name)  # with its time, by which Python knows what it has compiled
