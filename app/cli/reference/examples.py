"""The page about the example workflows, written from their files."""

from collections.abc import Collection, Iterator

from markdown_it import MarkdownIt

from app.cli.definitions.examples import Example
from app.graph.catalogue import Catalogue
from app.graph.wire import read

_INTRO = """Workflows to start from. Each runs as it is, once what it needs is there and its placeholders
(everything under example.com and example.org) lead to systems of your own.

```
virga examples                                   # what there is
virga examples show order_sync                   # one, as JSON: the body of POST /workflows
virga examples load order_sync customer_onboarding
virga examples load --all
```

`load` saves them as new workflows, together with those that they call, and says what is to be filled in.
They are switched off (`is_active: false`), so that no schedule starts by itself; with `--active` they are on at once.
One that calls the platform needs an authorization, which `--authorization` names.
"""
_COMPONENTS = "One for each component, named like it: the least that shows what it does."


def html(examples: Collection[Example], catalogue: Catalogue) -> str:
    """Return the page without a frame."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return str(parser.render("\n".join(_lines(examples, catalogue))))


def _lines(examples: Collection[Example], catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Examples", "", _INTRO, "", "## For a purpose", "")
    for one in examples:
        if not one.is_of_component:
            described = _plain(one.form.description or "").replace("\n", "\n\n")
            yield from (f"### `{one.name}`", "", f"**{_plain(one.title)}.** {described}", "")
            yield from (f"Components: {', '.join(_components(one, catalogue))}.", "")
    yield from ("## For a component", "", _COMPONENTS, "", "| name | what it shows |", "|---|---|")
    for one in examples:
        if one.is_of_component:
            yield f"| `{one.name}` | {_plain(one.summary)} |"


def _components(one: Example, catalogue: Catalogue) -> Iterator[str]:
    """Yield a link for each component that an example has, in the order in which it first has them."""
    specs = read(one.form.nodes, one.form.edges)[0].nodes
    kinds = [kind for kind in (catalogue.get(spec.component_id) for spec in specs) if kind is not None]
    yield from (f"[`{name}`](/docs/nodes#{name})" for name in dict.fromkeys(kind.component_id for kind in kinds))


def _plain(text: str) -> str:
    """Write what means something in Markdown so that it stays as it is."""
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return text
