"""Identifiers: a prefix and a lower-case ULID, growing within a process, so that sorting by id sorts by time."""

import secrets
from datetime import datetime

from ulid import ULID, ULIDGenerator

from app.core.clock import Clock

WORKFLOW = "fl_"
RUN = "fl_run_"
LOG = "fl_log_"
VAULT_ITEM = "vlt_"
AUTHORIZATION = "auth_"
AUDIT_ENTRY = "aud_"
NODE_TEST = "tst_"
API_KEY = "wfk_"
WEBHOOK_TOKEN = "whsec_"  # noqa: S105 -- the prefix that marks webhook tokens, not a secret

_RANDOM_BYTES = 10


def lower_bound(prefix: str, moment: datetime) -> str:
    """Return the smallest id with `prefix` that can be made at `moment`: the bound of a monthly partition."""
    milliseconds = int(moment.timestamp() * 1000)
    return prefix + str(ULID.from_int(milliseconds << (8 * _RANDOM_BYTES))).lower()


class IdSource:
    """Makes ids that never repeat and never go backwards within the process, also when the clock does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest = 0
        self._ulids = ULIDGenerator(clock=self._milliseconds)

    def new(self, prefix: str) -> str:
        """Return a new id: `prefix` and 26 characters."""
        return prefix + str(self._ulids.generate()).lower()

    def _milliseconds(self) -> int:
        self._latest = max(self._latest, int(self._clock.now().timestamp() * 1000))
        return self._latest


def new_token(prefix: str) -> str:
    """Return an unguessable URL-safe token of 256 bits."""
    return prefix + secrets.token_urlsafe(32)
