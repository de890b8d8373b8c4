"""The pages that a server shows about itself."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from app.main import ERROR_KINDS
from tests.fixtures.api import Client

PAGES = ["/docs", "/docs/errors", "/docs/api"]


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
