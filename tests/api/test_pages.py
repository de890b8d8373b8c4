"""The pages that a server shows about itself."""

import json
import re
from html.parser import HTMLParser

import httpx
import pytest

from app.graph.validation import validate_node
from app.graph.wire import read
from app.http.guides import GUIDES
from app.main import ERROR_KINDS
from app.nodes import CATALOGUE
from tests.api.test_openapi import OPERATIONS
from tests.factories.workflows import Json
from tests.fixtures.api import Client

PAGES = ["/docs", "/docs/errors", "/docs/api", *(f"/docs/{name}" for name in GUIDES)]


class Elements(HTMLParser):
    """Collects a page's elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [str(attributes[attribute]) for _, attributes in self.found if attribute in attributes]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_html_for_everybody(api: Client, path: str) -> None:
    answer = await api.anonymous().get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'name="viewport"' in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/docs/assets/docs.css", "/docs/assets/explorer.js"])
async def test_a_page_may_load_nothing_from_elsewhere(api: Client, path: str) -> None:
    answer = await api.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_keeps_its_own_policy(api: Client, path: str) -> None:
    elements = Elements((await api.get(path)).text)
    assert not elements.values("style")
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert all("src" in attributes for attributes in scripts)


@pytest.mark.parametrize("path", PAGES)
async def test_every_link_of_a_page_leads_somewhere(api: Client, path: str) -> None:
    elements = Elements((await api.get(path)).text)
    for link in [*elements.values("href"), *elements.values("src")]:
        assert link.startswith(("/", "#"))
        answer = await api.anonymous().get(link.partition("#")[0] or path)
        assert answer.status_code == 200


async def test_every_code_has_its_place_on_the_errors_page(api: Client) -> None:
    anchors = Elements((await api.get("/docs/errors")).text).values("id")
    assert sorted(anchors) == sorted({kind.code for kind in ERROR_KINDS})


async def test_explanations_on_the_errors_page_are_escaped(probe: httpx.AsyncClient) -> None:
    page = (await probe.get("/docs/errors")).text
    assert not re.search(r"&lt;/?(code|p|section)", page)


@pytest.mark.parametrize("name", ["nothing.css", "..%2f..%2fmain.py", "%2e%2e", "docs.css%00"])
async def test_an_asset_that_does_not_exist_is_404(api: Client, name: str) -> None:
    answer = await api.get(f"/docs/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


async def test_nothing_of_fastapis_own_pages_is_served(api: Client) -> None:
    for path in ["/redoc", "/docs/oauth2-redirect"]:
        assert (await api.get(path)).status_code == 404


def snippets(kind: str) -> list[tuple[str, Json]]:
    """Return each piece of JSON that a guide shows as a `workflow` or a `node`, with the guide's name."""
    pattern = re.compile(rf'<pre class="{kind}">(.*?)</pre>', re.DOTALL)
    return [(name, json.loads(found)) for name, guide in GUIDES.items() for found in pattern.findall(guide.text)]


@pytest.mark.parametrize(("name", "shown"), snippets("workflow"))
async def test_a_workflow_that_a_guide_shows_can_be_saved(api: Client, name: str, shown: Json) -> None:
    assert (await api.created(shown))["nodes"] == shown["nodes"], name


@pytest.mark.parametrize(("name", "shown"), snippets("node"))
def test_a_node_that_a_guide_shows_has_the_right_settings(name: str, shown: Json) -> None:
    definition, issues = read([shown], [])
    assert [*issues, *validate_node(definition, CATALOGUE)] == [], name


@pytest.mark.parametrize("name", GUIDES)
def test_every_route_that_a_guide_names_exists(name: str) -> None:
    named = re.findall(r"<code>(GET|POST|PUT|DELETE) (/[^ <]+)</code>", GUIDES[name].text)
    routes = {(method.upper(), path) for method, path, _ in OPERATIONS}
    assert set(named) <= routes


@pytest.mark.parametrize("name", GUIDES)
async def test_a_guide_names_this_servers_own_address(api: Client, name: str) -> None:
    page = (await api.get(f"/docs/{name}")).text
    assert "%BASE%" not in page
    assert f"<title>{GUIDES[name].title}</title>" in page


@pytest.mark.parametrize("name", ["nowhere", "..", "runs.html", "%2e%2e%2fdocs.css", "assets"])
async def test_there_are_no_other_pages(api: Client, name: str) -> None:
    assert (await api.get(f"/docs/{name}")).status_code == 404


async def test_the_index_leads_to_every_guide(api: Client) -> None:
    links = Elements((await api.get("/docs")).text).values("href")
    assert {f"/docs/{name}" for name in GUIDES} <= set(links)
