"""The header `Idempotency-Key`, as endpoints are handed it."""

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.http.deps import ResourcesDep
from app.http.idempotency.errors import HEADER
from app.http.idempotency.once import Keyed, Once
from app.http.optional import NEVER_NULL

REPLAYED = "Idempotency-Replayed"
_SEPARATOR = b"\0"  # no query that comes so far has one


async def once(
    request: Request,
    response: Response,
    held: ResourcesDep,
    key: Annotated[
        str | None,
        NEVER_NULL,
        Header(
            alias=HEADER,
            min_length=1,
            max_length=255,
            pattern="^[!-~]+$",
            description=(
                "A word of your choice for this request, up to 255 visible ASCII characters. Sent again with the same"
                " body within 24 hours, it starts nothing: you get the first answer once more."
            ),
        ),
    ] = None,
) -> Once:
    """Return the request's key, if it has one. What has none is not read for it."""

    def mark_replayed() -> None:
        response.headers[REPLAYED] = "true"

    if key is None:
        return Once(None, held.clock, held.key_gate, mark_replayed)
    sent = request.scope["query_string"] + _SEPARATOR + await request.body()
    return Once(Keyed(key, hashlib.sha256(sent).digest()), held.clock, held.key_gate, mark_replayed)


OnceDep = Annotated[Once, Depends(once)]
