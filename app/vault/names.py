"""Names of vault items: templates write them between quotes, and a prefix marks API keys."""

from app.core.ids import VAULT_ITEM

API_KEY_PREFIX = "api-key:"
UNFIT = "\"'\\{}"  # they would end the template's string, or the template


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
