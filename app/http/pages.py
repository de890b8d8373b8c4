"""The pages that a server shows about itself: an index, what each error code means, and the API to try out."""

import html
import re
from collections.abc import Sequence
from importlib.resources import files

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.errors import NotFoundError, VirgaError
from app.http.deps import ResourcesDep
from app.http.guides import GUIDES
from app.http.requests import JsonRoute

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_TYPES = {
    "docs.css": "text/css",
    "explorer.js": "text/javascript",
    "form.css": "text/css",
    "form.js": "text/javascript",
}
_ASSETS = {name: (files("app.http") / "static" / name).read_text() for name in _TYPES}
_CODE = re.compile(r"`([^`]+)`")

router = APIRouter(include_in_schema=False, route_class=JsonRoute)


@router.get("/docs")
async def index(request: Request) -> Response:
    """Show what there is to read."""
    guides = "\n".join(
        f'<li><a href="/docs/{guide.name}">{guide.title}</a>: {guide.summary}</li>' for guide in GUIDES.values()
    )
    body = f"""<h1>Virga {html.escape(request.app.version)}</h1>
<p>This server speaks the Altostrat Workflows API.</p>
<h2>Guides</h2>
<ul>
{guides}
</ul>
<h2>Reference</h2>
<ul>
<li><a href="/docs/api">The API</a>: every route, to read and to try out</li>
<li><a href="/docs/errors">Errors</a>: what each code means and what to do</li>
<li><a href="/openapi.json">openapi.json</a>: the same for programs</li>
<li><a href="/health/ready">Health</a>: whether the server can work at the moment</li>
</ul>"""
    return page("Virga", body)


@router.get("/docs/errors")
async def errors(request: Request) -> Response:
    """Explain every error code; `doc_url` leads here."""
    kinds: Sequence[type[VirgaError]] = request.app.state.error_kinds
    by_code = {kind.code: kind for kind in reversed(kinds)}
    sections = [_section(by_code[code]) for code in sorted(by_code)]
    intro = "<h1>Errors</h1><p>Every error has a <code>code</code>, which is stable, and a message for people.</p>"
    return page("Errors", intro + "\n".join(sections))


@router.get("/docs/api")
async def explorer() -> Response:
    """Show the API explorer, whose script reads `/openapi.json`."""
    body = """<h1>The API</h1>
<p><label>Token <input id="token" type="password" autocomplete="off" placeholder="for trying routes out"></label>
<small>It stays in this page and is forgotten with it.</small></p>
<div id="routes"><noscript>This needs JavaScript; <a href="/openapi.json">openapi.json</a> does not.</noscript></div>
<script src="/docs/assets/explorer.js" defer></script>"""
    return page("The API", body)


@router.get("/docs/{name}")
async def guide(name: str, held: ResourcesDep) -> Response:
    """Explain one concept."""
    if name not in GUIDES:
        raise NotFoundError(f"There is no page {name[:100]}; /docs lists all of them.")
    found = GUIDES[name]
    return page(found.title, found.body(held.settings.public_url))


@router.get("/docs/assets/{name}")
async def asset(name: str) -> Response:
    """Hand out the pages' own style and script."""
    if name not in _ASSETS:
        raise NotFoundError(f"There is no file {name[:100]}.")
    return Response(_ASSETS[name], headers=_HEADERS, media_type=_TYPES[name])


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Hand out the OpenAPI document."""
    return Response(orjson.dumps(request.app.openapi()), media_type="application/json")


def _section(kind: type[VirgaError]) -> str:
    explanation = _CODE.sub(r"<code>\1</code>", html.escape(kind.explanation))
    return (
        f'<section id="{kind.code}"><h2><a href="#{kind.code}">{kind.code}</a></h2>'
        f"<p><small>{kind.status} · {kind.type}</small></p><p>{explanation}</p></section>"
    )


def page(title: str, body: str, status: int = 200) -> Response:
    """Return a page of ours. `body` is HTML, in which whatever came from outside has been escaped."""
    text = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><link rel="stylesheet" href="/docs/assets/docs.css"></head>
<body><nav><a href="/docs">Virga</a> <a href="/docs/api">API</a> <a href="/docs/errors">Errors</a></nav>
<main>{body}</main></body>
</html>
"""
    return Response(text, status, headers=_HEADERS, media_type="text/html")
