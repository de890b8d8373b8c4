"""Where people answer forms."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FormLink:
    """A form's address, which is a credential, and the key by which it can be made again."""

    url: str = field(repr=False)
    token: str = field(repr=False)  # what is secret of it
    key_id: str


class FormLinks(Protocol):
    """Knows the address of the form that an attempt is about to wait for."""

    def issue(self) -> FormLink:
        """Return it: the same in every attempt, as long as the key is."""
        ...
