"""Names of vault items: templates write them between quotes, and a prefix marks API keys."""

from app.core.ids import VAULT_ITEM

API_KEY_PREFIX = "api-key:"
UNFIT = "\"'\\{}"  # they would end the template's string, or the template
LEAST_CHARACTERS, MOST_CHARACTERS = 3, 50
MOST_SECRET_CHARACTERS = 2_000


def checked_name(name: str) -> str:
    """Return `name` where templates can read by it. Raises `ValueError`."""
    if not name.isprintable() or name != name.strip():
        raise ValueError("A name has to consist of printable characters, without spaces around them")
    unfit = [character for character in UNFIT if character in name]
    if unfit:
        raise ValueError(f"A name must not contain {' '.join(unfit)}, since templates write it between quotes")
    if name.startswith(VAULT_ITEM):
        raise ValueError(f"A name must not begin with {VAULT_ITEM}, since it would be taken for an id")
    if name == API_KEY_PREFIX:
        raise ValueError(f"A name needs something after {API_KEY_PREFIX}")
    return name


def is_for_api_key(name: str) -> bool:
    return name.startswith(API_KEY_PREFIX)


def checked_secret_name(name: str) -> str:
    """Return `name` where a secret can be kept under it. Raises `ValueError`."""
    if not LEAST_CHARACTERS <= len(name) <= MOST_CHARACTERS:
        raise ValueError(
            f"A name in the vault has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters; this one has {len(name)}"
        )
    if is_for_api_key(name):
        raise ValueError(f"A name must not begin with {API_KEY_PREFIX}, since only the server makes API keys")
    return checked_name(name)
