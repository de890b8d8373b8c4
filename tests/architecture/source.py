"""The checkout as tests of its own shape see it: which files there are, and what they import and name."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_IGNORED = [".git", *(line.rstrip("/") for line in (CHECKOUT / ".gitignore").read_text().split())]


def files(*suffixes: str, below: str = "") -> list[Path]:
    """Return what belongs to the checkout, relative to it: all files, or those with one of the suffixes."""
    found = sorted(path.relative_to(CHECKOUT) for path in _walk(CHECKOUT / below))
    return [path for path in found if not suffixes or path.suffix in suffixes]


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in _IGNORED):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse((CHECKOUT / file).read_text())


def importers(package: str, below: tuple[str, ...] = ("app", "worker", "migrations")) -> set[str]:
    """Return the modules that import a package or something in it."""
    found = [file for folder in below for file in files(".py", below=folder)]
    return {str(file) for file in found if any(name.split(".")[0] == package for name in _imported(file))}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def attributes(name: str, below: tuple[str, ...] = ("app", "worker")) -> set[str]:
    """Return the functions, as `file:Class.function`, in which `something.name` stands, called or not."""
    found = [file for folder in below for file in files(".py", below=folder)]
    return {place for file in found for place in _naming(file, tree(file), (), name)}


def _naming(file: Path, node: ast.AST, scope: tuple[str, ...], name: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        inner = (*scope, child.name) if isinstance(child, _SCOPES) else scope
        if isinstance(child, ast.Attribute) and child.attr == name:
            yield f"{file}:{'.'.join(inner)}"
        yield from _naming(file, child, inner, name)
