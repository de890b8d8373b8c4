"""What can go wrong with an event: nothing but what can go wrong with any body."""

from app.core.errors import VirgaError

EVENT_ERRORS: tuple[type[VirgaError], ...] = ()
