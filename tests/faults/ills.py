"""Ways in which targets misbehave: what a call of such a one comes to, and what its run's log says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SECONDS = 2.0  # that a call may take
NOWHERE = "10.255.0.1"  # an address that nobody may call


@dataclass(frozen=True, slots=True)
class Ill:
    """`said` is in the log of a run that fails of it, `settings` are those of the node that calls."""

    end: str = "failed"
    said: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    calls: int | None = 1  # that a step makes; None where the target cannot tell

    @property
    def node(self) -> dict[str, object]:
        return {"timeout_seconds": SECONDS, **self.settings}


_RETRY = {"retry": {"max_attempts": 2, "delay_seconds": 1}}
_FOLLOW = {"follow_redirects": True}
_LATE = "did not answer within 2 s"
_BROKEN = "broke off"
_NO_HTTP = "sent an answer that is not valid HTTP"
_GONE = "closed the connection before it had answered"
_CERTIFICATE = "the TLS certificate of localhost is not valid"

ILLS: Mapping[str, Ill] = {
    "silent": Ill(said=_LATE),
    "hangs after its headers": Ill(said=_LATE),
    "drips": Ill(said=_LATE),
    "drips headers": Ill(said=_LATE),
    "only continues": Ill(said=_LATE),
    "fails": Ill(said="500 Internal Server Error"),
    "fails once": Ill("completed", settings=_RETRY, calls=2),
    "is busy": Ill(said="429 Too Many Requests"),
    "is busy for a second": Ill("completed", settings=_RETRY, calls=2),
    "is busy until a moment": Ill("completed", settings=_RETRY, calls=2),
    "resets before its headers": Ill(said=_GONE),
    "hangs up": Ill(said=_GONE),
    "resets in its body": Ill(said=_BROKEN),
    "says too much of its length": Ill(said=_BROKEN),
    "says too little of its length": Ill(said=_NO_HTTP),
    "is no HTTP": Ill(said=_NO_HTTP),
    "has broken chunks": Ill(said=_NO_HTTP),
    "has huge headers": Ill(said=_NO_HTTP),
    "has strange bytes": Ill("completed"),
    "has a body with 204": Ill(said=_NO_HTTP),
    "is a bomb": Ill(said="is too large once decompressed"),
    "never ends": Ill(said="is larger than"),
    "redirects in a circle": Ill(said="there were more than 5 redirects", settings=_FOLLOW),
    "redirects where nobody may go": Ill(said=NOWHERE, settings=_FOLLOW),
    "redirects": Ill(said="leads to another address"),
    "is closed": Ill(said="could not connect to 127.0.0.1", calls=None),
    "takes no connection": Ill(said=_LATE, calls=None),
    "is signed by itself": Ill(said=_CERTIFICATE, calls=None),
    "is expired": Ill(said=_CERTIFICATE, calls=None),
    "is somebody else": Ill(said=_CERTIFICATE, calls=None),
    "speaks no TLS": Ill(said="no TLS connection to 127.0.0.1 could be made", calls=None),
}
