"""Everything that example workflows call over HTTP, as one server: it answers by route, and keeps what it was asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.core.json import JsonValue
from tests.fixtures.target import Target, answer

CHANNELS = "channels"  # what the channels of notifications deliver to, a path for each
REFUSED = "422 Unprocessable Content"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `place` is the host that the example names, with the path there."""

    method: str
    place: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any

    @property
    def route(self) -> str:
        return f"{self.method} {self.place}"


def says(value: JsonValue, status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer in JSON."""
    return answer(json.dumps(value).encode(), "Content-Type: application/json", *headers, status=status)


class Outside(Target):
    """Stands for all hosts at once: `https://shop.example.com/x` is asked here as `/shop.example.com/x`."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, list[bytes]] = {}

    def on(self, route: str, *answers: bytes) -> None:
        """Answer a route, such as `GET shop.example.com/x`, with these in turn, and then with the last; else `{}`."""
        self._answers[route] = list(answers)

    def forget(self) -> None:
        self._answers.clear()
        self.requests.clear()

    def reply(self, request: bytes) -> bytes:
        """See `Target.reply`."""
        answers = self._answers.get(_asked(request).route, [says({})])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    @property
    def heard(self) -> list[Asked]:
        return [_asked(request) for request in self.requests]

    @property
    def routes(self) -> list[str]:
        """Return what was asked, in order, without what was told to channels."""
        return [one.route for one in self.heard if not one.place.startswith(f"{CHANNELS}/")]

    def to(self, route: str) -> list[Asked]:
        return [one for one in self.heard if one.route == route]

    def told(self) -> list[tuple[str, str]]:
        """Return the channels that were told something, each with the text."""
        told = [one for one in self.heard if one.place.startswith(f"{CHANNELS}/")]
        return [(one.place.removeprefix(f"{CHANNELS}/"), one.body["text"]) for one in told]


def _asked(request: bytes) -> Asked:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    method, target, _ = line.split(" ")
    url = urlsplit(target)
    named = {name.lower(): value for name, _, value in (header.partition(": ") for header in headers)}
    is_json = "json" in named.get("content-type", "")
    said = json.loads(body) if body and is_json else body.decode()
    return Asked(method, url.path.removeprefix("/"), parse_qs(url.query), named, said)
