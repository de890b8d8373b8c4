"""The page about templates names what there is, and what it shows can be read."""

import html
import re

import pytest

from app.graph.template import TextTemplate
from app.graph.template.filters import FILTERS
from app.graph.validation.reading import ITERATOR_ROOTS, ROOTS
from app.http.guides import GUIDES

TEXT = GUIDES["templates"].text
CODE = [html.unescape(code) for code in re.findall(r"<code>(.*?)</code>", TEXT)]


@pytest.mark.parametrize("name", FILTERS)
def test_it_names_every_filter(name: str) -> None:
    assert name in CODE


@pytest.mark.parametrize("root", [*ROOTS, *ITERATOR_ROOTS, "vault"])
def test_it_names_every_root(root: str) -> None:
    assert root in CODE


@pytest.mark.parametrize("template", [code for code in CODE if "{{" in code and "…" not in code])
def test_each_template_that_it_shows_can_be_read(template: str) -> None:
    assert not TextTemplate(template).is_static
