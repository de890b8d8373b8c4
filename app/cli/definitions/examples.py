"""The example workflows that come with Virga: where they lie, and what each of them is for and needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.abc import Traversable
from importlib.resources import files
from pathlib import Path

from app.cli.definitions.form import Form, read_form
from app.core.errors import SetupError
from app.core.json import JsonObject, loads
from app.nodes import CATALOGUE
from app.workflows.calls import callees_of

_MOST_ALIKE = 3  # names that are suggested for one that there is not
_TO_DO = ("Needs: ", "Change: ")


@dataclass(frozen=True)
class Example:
    """One file. Its description says what it is for in its first paragraph, and below what is to be filled in."""

    name: str
    text: str

    @cached_property
    def value(self) -> JsonObject:
        parsed = loads(self.text)
        if not isinstance(parsed, Mapping):
            raise TypeError(f"the example {self.name} is no workflow")
        return parsed

    @cached_property
    def form(self) -> Form:
        return read_form(self.value)

    @property
    def title(self) -> str:
        return self.form.name

    @property
    def is_of_component(self) -> bool:
        """Say whether it shows one component, whose name it has, rather than what several are good for together."""
        return self.name in {kind.component_id for kind in CATALOGUE}

    @property
    def summary(self) -> str:
        """Return the first sentence of the description."""
        first = (self.form.description or "").partition("\n")[0]
        return first.partition(". ")[0].removesuffix(".") + "."

    @property
    def to_do(self) -> Sequence[str]:
        """Return what it needs and what has to be changed in it, a line each."""
        return [line for line in (self.form.description or "").splitlines() if line.startswith(_TO_DO)]


def every_example() -> Mapping[str, Example]:
    """Return all examples by name: first those with a purpose, then those of single components."""
    found = [Example(file.name.removesuffix(".json"), file.read_text(encoding="utf-8")) for file in _files()]
    found.sort(key=lambda one: (one.is_of_component, one.name))
    return {one.name: one for one in found}


def named(examples: Mapping[str, Example], names: Sequence[str]) -> list[Example]:
    """Return the examples of these names, each once. Raises `SetupError` for one that there is not."""
    for name in names:
        if name not in examples:
            raise SetupError(_unknown(name, examples))
    return [examples[name] for name in dict.fromkeys(names)]


def with_callees(examples: Mapping[str, Example], wanted: Sequence[Example]) -> list[Example]:
    """Return the examples with all those that they call in turn."""
    by_id = {one.form.id: one for one in examples.values() if one.form.id is not None}
    found = {one.name: one for one in wanted}
    pending = list(wanted)
    while pending:
        called = [by_id[callee] for callee in callees_of(pending.pop().form.nodes) if callee in by_id]
        fresh = [one for one in called if one.name not in found]
        found |= {one.name: one for one in fresh}
        pending += fresh
    return list(found.values())


def _files() -> Iterator[Traversable]:
    """Yield the files: of the package, where it was installed as a wheel, else of the checkout."""
    package = files("app")
    packed = package.joinpath("examples")
    folder = packed if packed.is_dir() else Path(str(package)).parent / "openapi" / "examples"
    return (file for file in folder.iterdir() if file.name.endswith(".json"))


def _unknown(name: str, examples: Mapping[str, Example]) -> str:
    near = get_close_matches(name.lower().removesuffix(".json"), examples, _MOST_ALIKE)
    near += [other for other in examples if name.lower() in other and other not in near][:_MOST_ALIKE]
    hint = f"perhaps {' or '.join(near[:_MOST_ALIKE])}" if name and near else "`virga examples` lists all"
    return f'There is no example "{name[:60]}": {hint}.'
