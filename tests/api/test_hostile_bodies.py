"""Fifty bodies that nobody means well with, on every route that takes one: refused in our shape, and nothing grows."""

import gzip
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.api.test_openapi import OPERATIONS
from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api_process import ApiProcess

JSON = "application/json"
MIB = 1024 * 1024
GROWTH_BYTES = 10 * MIB  # between the hundredth and the thousandth
WARM, MANY = 100, 1000


def nested(opening: str, closing: str, depth: int, inside: str = "") -> bytes:
    return (opening * depth + inside + closing * depth).encode()


def workflow_with(**fields: object) -> bytes:
    return json.dumps({"name": "x", "nodes": [], "edges": [], **fields}).encode()


HOSTILE: dict[str, tuple[bytes, dict[str, str]]] = {
    "a list nested deeply": (nested("[", "]", 100_000), {}),
    "an object nested deeply": (nested('{"a":', "}", 100_000, "1"), {}),
    "nested past what is allowed": (nested('{"a":', "}", 150, "1"), {}),
    "an object in a name nested deeply": (b'{"name":' + nested("[", "]", 5_000) + b"}", {}),
    "brackets never closed": (b"[" * 500_000, {}),
    "braces never closed": (b'{"a":' * 100_000, {}),
    "NUL in a string": (b'{"name":"a\\u0000b","event":"a\\u0000b","node":{"id":"\\u0000"}}', {}),
    "NUL in a key": (b'{"a\\u0000":1}', {}),
    "a raw NUL": (b'{"a":"\x00"}', {}),
    "NUL alone": (b"\x00", {}),
    "a lone high surrogate": (b'{"name":"\\ud800","event":"\\ud800"}', {}),
    "a lone low surrogate": (b'{"name":"\\udc00","event":"\\udc00"}', {}),
    "surrogates the wrong way round": (b'{"name":"\\udc00\\ud800"}', {}),
    "a surrogate as bytes": (b'{"name":"\xed\xa0\x80"}', {}),
    "NaN": (b'{"a":NaN}', {}),
    "Infinity": (b'{"a":Infinity}', {}),
    "minus Infinity": (b'{"a":-Infinity}', {}),
    "NaN alone": (b"NaN", {}),
    "a number past doubles": (b'{"a":1e400}', {}),
    "an integer past 64 bits": (b'{"a":' + b"9" * 30 + b"}", {}),
    "an integer of a hundred thousand digits": (b'{"a":' + b"9" * 100_000 + b"}", {}),
    "a negative integer past 64 bits": (b'{"a":-' + b"9" * 25 + b"}", {}),
    "ten megabytes": (b'{"name":"' + b"a" * (10 * MIB) + b'"}', {}),
    "ten megabytes of blanks": (b" " * (10 * MIB), {}),
    "one byte too many": (b'"' + b"a" * (MIB - 1) + b'"', {}),
    "gzip": (gzip.compress(b'{"name":"x"}'), {"Content-Encoding": "gzip"}),
    "a gzip bomb": (gzip.compress(b"0" * (20 * MIB)), {"Content-Encoding": "gzip"}),
    "deflate announced": (b'{"name":"x"}', {"Content-Encoding": "deflate"}),
    "gzip not announced": (gzip.compress(b'{"name":"x"}'), {}),
    "UTF-16": ('{"name":"x"}'.encode("utf-16"), {}),
    "UTF-16 announced": ('{"name":"x"}'.encode("utf-16"), {"Content-Type": f"{JSON}; charset=utf-16"}),
    "UTF-32": ('{"name":"x"}'.encode("utf-32"), {}),
    "a charset that is none": (b'{"name":"x"}', {"Content-Type": f"{JSON}; charset=nonsense"}),
    "latin-1": (b'{"name":"\xe9"}', {}),
    "an overlong encoding": (b'{"name":"\xc0\xaf"}', {}),
    "a byte order mark": (b'\xef\xbb\xbf{"name":"x"}', {}),
    "an image": (b"\x89PNG\r\n\x1a\n", {"Content-Type": "image/png"}),
    "multipart": (b"--x\r\n\r\n\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
    "YAML": (b"name: x", {"Content-Type": "application/yaml"}),
    "no type that means anything": (b'{"name":"x"}', {"Content-Type": ";;;"}),
    "broken off": (b'{"name":', {}),
    "two values": (b"{} {}", {}),
    "a trailing comma": (b'{"a":1,}', {}),
    "single quotes": (b"{'a':1}", {}),
    "a comment": (b'{"a":1 /* b */}', {}),
    "a bad escape": (b'{"a":"\\x41"}', {}),
    "a half escape": (b'{"a":"\\u12"}', {}),
    "a line break in a string": (b'{"a":"b\nc"}', {}),
    "a leading zero": (b'{"a":01}', {}),
    "a word": (b"undefined", {}),
}
# Valid JSON of the wrong kinds everywhere: what a route makes of it differs, but never a 5xx.
WRONG: dict[str, bytes] = {
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "true": b"true",
    "null": b"null",
    "wrong kinds": workflow_with(name=1, nodes={}, edges="x", is_active="yes", timezone=[], schedule_type=3),
    "nodes of wrong kinds": workflow_with(nodes=[1, "x", None, [], {"id": 1}, {"id": "a", "data": 3, "type": []}]),
    "edges of wrong kinds": workflow_with(nodes=[{"id": "a"}], edges=[None, 1, {"id": []}, {"id": "e", "source": 1}]),
    "settings of wrong kinds": workflow_with(
        nodes=[{"id": "a", "data": {"componentId": "webhook", "url": [], "headers": 1, "auth": "x", "retry": []}}]
    ),
    "a context of wrong kinds": b'{"context":[],"payload":1,"event":[],"node":[],"secret":{},"expires_at":1,"id":{}}',
    "duplicate keys": b'{"name":1,"name":"the last wins","nodes":[],"edges":[]}',
    "a key of a megabyte": b'{"' + b"k" * (MIB - 100) + b'":1}',
    "a hundred thousand keys": json.dumps({f"k{n}": n for n in range(60_000)}).encode(),
}

# What the server says of itself, and truly so: no sign-in is set up, and no worker is there to answer in time.
SAYS_SO = {"/workflows/sync/{workflowId}": 504}
TARGETS = sorted((method.upper(), path) for method, path, _ in OPERATIONS if method in {"post", "put"})
NAMES = [f"{method} {path}" for method, path in TARGETS]


@pytest.fixture(scope="module")
def live(postgres_url: str, redis_url: str) -> Iterator[ApiProcess]:
    with ApiProcess(postgres_url, redis_url, VIRGA_LIMITS__SYNC_SECONDS="0.1") as process:
        yield process


@pytest.fixture(scope="module")
def planted(live: ApiProcess) -> dict[str, str]:
    """Return an id that exists for each parameter of a path, as far as there is one."""
    saved = live.post("/workflows", workflow())["id"]
    hook = live.post("/workflows", webhook_workflow())["webhook_url"].rsplit("/", 1)[1]
    run = live.post(f"/workflows/{saved}/execute", {})["id"]
    live.post(f"/workflows/runs/{run}/cancel", {})
    vault = live.post("/workflows/vault", {"name": "planted", "secret": "a planted secret"})["id"]
    ids = {"workflowId": saved, "webhookToken": hook, "runId": run, "vaultId": vault, "nodeId": "t"}
    return {f"{{{name}}}": value for name, value in ids.items()}


class Sender:
    """One connection, opened again whenever the server closes it."""

    def __init__(self, live: ApiProcess, planted: dict[str, str]) -> None:
        self._address = urlsplit(live.url)
        self._token = live.token
        self._planted = planted

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        for name, value in self._planted.items():
            path = path.replace(name, value)
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port or 0, timeout=30)
        try:
            own = {"Authorization": f"Bearer {self._token}", "Content-Type": JSON}
            connection.request(method, path, body, own | headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def sender(live: ApiProcess, planted: dict[str, str]) -> Sender:
    return Sender(live, planted)


def error_of(body: bytes) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(body)
    assert {"type", "code", "message", "doc_url"} <= error.keys()
    return error


def test_there_are_fifty_of_them() -> None:
    assert len(HOSTILE) == 50


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=NAMES)
def test_every_hostile_body_is_refused_in_our_shape(sender: Sender, method: str, path: str) -> None:
    answers = {name: sender.send(method, path, *hostile) for name, hostile in HOSTILE.items()}
    assert {name: status for name, (status, _) in answers.items() if not 400 <= status < 500} == {}
    for _, body in answers.values():
        error_of(body)


@pytest.mark.parametrize(("method", "path"), TARGETS, ids=NAMES)
def test_json_of_the_wrong_kinds_is_never_a_fault_of_ours(sender: Sender, method: str, path: str) -> None:
    answers = {name: sender.send(method, path, body, {}) for name, body in WRONG.items()}
    said = {name: status for name, (status, _) in answers.items() if status >= 500 and status != SAYS_SO.get(path)}
    assert said == {}
    for status, body in answers.values():
        if status >= 400:
            error_of(body)


def test_of_duplicate_keys_the_last_wins(sender: Sender) -> None:
    body = b'{"name":1,"name":"second","nodes":[{"id":"t","data":{"componentId":"manual_trigger"}}],"edges":[]}'
    status, answered = sender.send("POST", "/workflows", body, {})
    assert (status, json.loads(answered)["name"]) == (201, "second")


def test_memory_does_not_grow_with_them(live: ApiProcess, sender: Sender) -> None:
    process = psutil.Process(live.process.pid)
    bodies = list(HOSTILE.values())

    def send(count: int) -> int:
        for number in range(count):
            method, path = TARGETS[number % len(TARGETS)]
            sender.send(method, path, *bodies[number % len(bodies)])
        return int(process.memory_info().rss)

    after_warm = send(WARM)
    assert send(MANY - WARM) - after_warm <= GROWTH_BYTES
    assert live.process.poll() is None
