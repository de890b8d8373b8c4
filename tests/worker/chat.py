"""A channel of notifications that is told where forms are."""

import re

from app.core.json import loads
from tests.fixtures.api import PUBLIC_URL
from tests.fixtures.target import SILENCE, Target, answer

LINK = re.compile(rf"{re.escape(PUBLIC_URL)}/workflows/interactions/([\w-]{{64}})")


class Chat(Target):
    """A channel that refuses `refusals` messages, and says them back then. Calls of `/slow` it never answers."""

    refusals = 0
    status = "503 Service Unavailable"

    def reply(self, request: bytes) -> bytes:
        if request.startswith(b"POST /chat") and len(self.told) <= self.refusals:
            return answer(request.partition(b"\r\n\r\n")[2], status=self.status)
        return SILENCE if request.startswith(b"POST /slow") else answer()

    @property
    def told(self) -> list[bytes]:
        return [request for request in self.requests if request.startswith(b"POST /chat")]

    @property
    def links(self) -> list[str]:
        """Return the addresses that it was told, in order."""
        bodies = [loads(request.partition(b"\r\n\r\n")[2]) for request in self.told]
        found = [
            LINK.search(body["text"]) for body in bodies if isinstance(body, dict) and isinstance(body["text"], str)
        ]
        return [one.group() for one in found if one]
