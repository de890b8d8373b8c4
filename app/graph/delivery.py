"""What became of a message that a server was given: who gets it, who was refused, and whether that is a failure."""

from collections.abc import Sequence

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, TemporaryError
from app.graph.foreign import repair_text
from app.graph.ports import Mailing, RefusedRecipient

_REASON_CHARACTERS = 300  # of a hundred refusals, so that a step's output can hold them


def delivered(mailing: Mailing, refused: Sequence[RefusedRecipient]) -> JsonObject:
    """Return `{accepted, rejected}`. Raises `TemporaryError` or `PermanentError` where everybody was refused."""
    addresses = {one.address for one in refused}
    accepted: list[JsonValue] = [address for address in mailing.recipients if address not in addresses]
    rejected: list[JsonValue] = [_told(one) for one in refused]
    output: JsonObject = {"accepted": accepted, "rejected": rejected}
    if accepted:
        return output
    may_pass = any(one.code < 500 for one in refused)
    first = "; ".join(f"{one.address} ({one.code} {_short(one.reason)})" for one in refused[:3])
    more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
    message = f"{mailing.server.host} refused every recipient: {first}{more}"
    raise TemporaryError(message, output) if may_pass else PermanentError(message, output)


def _told(one: RefusedRecipient) -> JsonObject:
    return {"address": one.address, "code": one.code, "message": _short(one.reason)}


def _short(reason: str) -> str:
    """Return a server's words on one line. They have been searched for secrets as a whole."""
    words = " ".join(repair_text(reason).split())
    return words if len(words) <= _REASON_CHARACTERS else words[:_REASON_CHARACTERS] + "…"
