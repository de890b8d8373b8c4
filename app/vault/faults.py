"""What the form of a request cannot say is wrong with it: it takes the clock, or the item as it is."""

from collections.abc import Iterator
from datetime import datetime

from app.core.errors import Fault
from app.graph.vault_names import is_for_api_key
from app.models import VaultItem
from app.vault.schemas import VaultItemCreate, VaultItemUpdate

_NEEDED = Fault("secret", 'is required, unless the name begins with "api-key:"')
_OF_THE_SERVER = Fault("secret", "must be left out: an API key is made by the server, and a new key is a new item")
_KIND_IS_FIXED = Fault(
    "name", 'cannot gain or lose the prefix "api-key:", since the item cannot become or stop being a key'
)
_PAST = Fault("expires_at", "has to lie in the future")


def faults_of_new(body: VaultItemCreate, now: datetime) -> Iterator[Fault]:
    if is_for_api_key(body.name) and body.sent_secret() is not None:
        yield _OF_THE_SERVER
    if not is_for_api_key(body.name) and body.sent_secret() is None:
        yield _NEEDED
    if body.expires_at is not None and body.expires_at <= now:
        yield _PAST


def faults_of_change(item: VaultItem, body: VaultItemUpdate, now: datetime) -> Iterator[Fault]:
    """Yield what speaks against the change. What had passed when it was saved is judged only where it changes."""
    name, expires_at = body.name_for(item.name), body.expires_at_for(item.expires_at)
    if item.api_key_hash is not None and body.sent_secret() is not None:
        yield _OF_THE_SERVER
    if is_for_api_key(name) != is_for_api_key(item.name):
        yield _KIND_IS_FIXED
    if expires_at is not None and expires_at != item.expires_at and expires_at <= now:
        yield _PAST
