"""Copies of the checkout, to be changed and thrown away: the files that git knows, as they are now.

With them comes what Python has compiled of them, or each copy would take seconds to start.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def copied(folder: Path | None = None) -> Iterator[Path]:
    """Yield a copy of the checkout, or of a copy."""
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
    known = [Path(name) for name in os.fsdecode(listed).split("\0") if name and (CHECKOUT / name).is_file()]
    compiled = [
        file.relative_to(CHECKOUT)
        for folder in {file.parent for file in known if file.suffix == ".py"}
        for file in (CHECKOUT / folder / "__pycache__").glob("*.pyc")
    ]
    for file in (*known, *compiled):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # who runs beside this compiles, too
            shutil.copy2(CHECKOUT / file, copy / file)  # with its time, by which Python knows what it has compiled
