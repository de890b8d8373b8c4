"""Paths on the platform's host: whatever a template renders to, a call stays there and below the API's own path."""

import re
from urllib.parse import unquote

MAX_CHARACTERS = 8_000  # more than servers commonly accept of a request's first line

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\#]")
_DECODINGS = 4  # a server or proxy may decode once more than the one before it


def check_endpoint(endpoint: str) -> str:
    """Return the path, with its query if it has one, without blanks around it. Raises `ValueError` with a sentence."""
    stripped = endpoint.strip()
    if not stripped.startswith("/") or stripped.startswith("//"):
        raise ValueError("The endpoint must be a path on the platform's API that begins with one slash: /v1/sites.")
    if len(stripped) > MAX_CHARACTERS:
        raise ValueError(f"The endpoint is longer than {MAX_CHARACTERS:,} characters.")
    if _UNSAFE.search(stripped):
        raise ValueError("The endpoint has a control character, a backslash or a #; they can only be percent-encoded.")
    if _climbs(stripped.partition("?")[0]):
        raise ValueError('The endpoint leads out of its place: "." and ".." are not allowed in it, however written.')
    return stripped.replace(" ", "%20")


def _climbs(path: str) -> bool:
    for _ in range(_DECODINGS):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    segments = path.replace("\\", "/").split("/")
    return any(segment.partition(";")[0] in {".", ".."} for segment in segments)
