"""Imports of libraries that would load others for people at a console."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(package: str) -> Iterator[None]:
    """Let a package count as not installed, for libraries that are imported in the block and can do without it.

    Source: https://docs.python.org/3/reference/import.html#the-module-cache
    """
    loaded = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment] # what the import system takes for "there is none"
    try:
        yield
    finally:
        del sys.modules[package]
        if loaded is not None:
            sys.modules[package] = loaded
