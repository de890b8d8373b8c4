"""The last word before something goes out."""

from typing import Protocol


class Departure(Protocol):
    """Asked by whoever sends, right before the first byte: only then is it known how long all before it has taken."""

    async def leave(self) -> None:
        """Return as soon as what a step sends may go."""
        ...

    def leaves_now(self) -> bool:
        """Say whether it may go at this moment, for those who cannot wait just there."""
        ...


class _Free:
    """Implements `Departure` for what is sent for no run."""

    async def leave(self) -> None:
        return

    def leaves_now(self) -> bool:
        return True


FREE: Departure = _Free()
