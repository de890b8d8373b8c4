"""The list of mutations does not rot: each still applies, and the tests that it names are there."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.copying import CHECKOUT
from tests.mutations.mutation import Mutation

each_mutation = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((CHECKOUT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def changed(mutation: Mutation) -> dict[str, str]:
    """Return the text of each file as the mutation leaves it. Each edit finds its old text exactly once."""
    files: dict[str, str] = {}
    for edit in mutation.edits:
        files[edit.file] = edit.applied(files.get(edit.file) or (CHECKOUT / edit.file).read_text())
    return files


def test_each_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(mutation.name for mutation in MUTATIONS).items() if count > 1] == []


@each_mutation
def test_each_still_applies_and_makes_other_code(mutation: Mutation) -> None:
    for file, text in changed(mutation).items():
        mutated = compile(text, file, "exec", flags=ast.PyCF_ONLY_AST)
        assert ast.dump(mutated) != ast.dump(ast.parse((CHECKOUT / file).read_text()))


@each_mutation
def test_the_tests_of_each_are_there(mutation: Mutation) -> None:
    for test in mutation.tests:
        file, _, name = test.partition("::")
        assert functions(file) >= ({name.partition("[")[0]} if name else set())
