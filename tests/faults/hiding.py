"""Every place in which a secret can be used, every place in which it could be found again, and the search for it."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, quote_plus

import httpx

from tests.faults.system import System
from tests.worker.world import call

Settings = Mapping[str, object]

# By name, settings of a webhook node that uses the secret `{name}` (`{item}` is its id) in one place. Whoever lets
# secrets into further settings or components adds them here, and to `nodes`.
PLACES: Mapping[str, Settings] = {
    "path": {"url": "/{{{{ vault.{name} | url_encode }}}}"},
    "path as it is": {"url": "/{{{{ vault.{plain} }}}}"},
    "query": {"query": {"q": '{{{{ vault["{name}"] }}}}'}},
    "query by id": {"query": [{"key": "q", "value": "{item}"}]},
    "query in the address": {"url": "/?q={{{{ vault.{name} | url_encode }}}}"},
    "header": {"headers": {"X-Key": "Token {{{{ vault.{name} }}}}"}},
    "header by id": {"headers": [{"key": "X-Key", "value": "{item}"}]},
    "authorization": {"headers": {"Authorization": "Bearer {{{{ vault.{name} }}}}"}},
    "basic": {"auth": {"type": "basic", "username": "ada", "password": "{{{{ vault.{name} }}}}"}},
    "basic by id": {"auth": {"type": "basic", "username": "{item}", "password": "{item}"}},
    "bearer": {"auth": {"type": "bearer", "token": "{{{{ vault.{name} }}}}"}},
    "bearer by id": {"auth": {"type": "bearer", "token": "{item}"}},
    "auth header": {"auth": {"type": "header", "name": "X-Api-Key", "value": "{item}"}},
    "body as text": {"body": "key={{{{ vault.{name} }}}}"},
    "body as JSON text": {"body": '{{"key": "{{{{ vault.{name} }}}}"}}'},
    "body as an object": {"body": {"deep": ["{{{{ vault.{name} }}}}", {"key": "a {{{{ vault.{name} }}}} b"}]}},
    "body in base64": {"body": {"key": "{{{{ vault.{name} | prepend: 'x' | base64_encode }}}}"}},
}


def nodes(address: str, names: Mapping[str, str]) -> list[dict[str, object]]:
    """Return a node for each place. `names` are those of the secret that is used: `name`, `plain`, `item`."""
    made = []
    for number, settings in enumerate(PLACES.values()):
        filled = _filled(settings, names)
        url = address + str(filled.pop("url", "/"))
        made.append(call(f"n{number}", url, continue_on_error=True, **filled))
    return made


def _filled(settings: Settings, names: Mapping[str, str]) -> dict[str, object]:
    def fill(value: object) -> object:
        match value:
            case str():
                return value.format_map(names)
            case dict():
                return {key: fill(item) for key, item in value.items()}
            case list():
                return [fill(item) for item in value]
        return value

    return {key: fill(value) for key, value in settings.items()}


def forms(secret: str) -> set[str]:
    """Return what a secret must be found in by nobody: plain, in base64, in URLs, in JSON, as bytes in hexadecimal."""
    data = secret.encode()
    shifted = [base64.b64encode(b"\0" * before + data).decode()[4:-4] for before in range(3)]
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *_as_json(secret), data.hex()}
    return {*texts, *shifted, *(text.replace("+", "-").replace("/", "_") for text in shifted)}


def _as_json(secret: str) -> set[str]:
    return {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}


async def everything(system: System, workflow: str) -> AsyncIterator[tuple[str, str]]:
    """Give all that the system keeps and says, each with the name of the place."""
    async for found in _tables(system):
        yield found
    async for found in _redis(system):
        yield found
    async for found in _answers(system, workflow):
        yield found
    for program in system.programs:
        yield "log of a process", program.said()
        yield "metrics", (await system.http.get(program.metrics_url)).text


async def _tables(system: System) -> AsyncIterator[tuple[str, str]]:
    """Give every table: row by row as text, in which bytes are hexadecimal, and as COPY writes it."""
    names = await system.rows(
        "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    for [name] in names:
        rows = await system.rows(f"SELECT t::text FROM {name} t")  # noqa: S608 -- a name that the database gave
        yield f"table {name}", "\n".join(row[0] for row in rows)


async def _redis(system: System) -> AsyncIterator[tuple[str, str]]:
    async for key in system.redis.scan_iter():
        dumped = await system.redis.dump(key)
        yield "Valkey", f"{key!r} {(dumped or b'').decode('latin-1')} {dumped!r}"


async def _answers(system: System, workflow: str) -> AsyncIterator[tuple[str, str]]:
    """Give all that the API answers about the workflow and its runs, the vault, and what was done."""
    page = await _said(system, f"/workflows/{workflow}/executions?per_page=100")
    yield "executions", page.text
    for run in page.json()["data"]:
        yield "run", (await _said(system, f"/workflows/runs/{run['id']}")).text
        yield "events", (await _said(system, f"/workflows/runs/{run['id']}/events")).text
    for path in ("", "/logs", "/logs/stats", "/versions", "/versions/1"):
        yield path, (await _said(system, f"/workflows/{workflow}{path}")).text
    for path in ("", "/logs/recent", "/vault", "/audit", "/triggerable-workflows", "/authorization"):
        yield path, (await _said(system, f"/workflows{path}")).text


async def tried(system: System, node: Mapping[str, object], context: Mapping[str, object]) -> str:
    """Return what trying a node out is answered with."""
    answer = await system.http.post("/workflows/test-node", json={"node": node, "context": context})
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.text


async def _said(system: System, path: str) -> httpx.Response:
    answer = await system.http.get(path)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer
