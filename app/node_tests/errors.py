"""What can go wrong with trying a node out."""

from app.core.errors import UnavailableError, VirgaError

NODE_TEST_ERRORS: tuple[type[VirgaError], ...] = ()


def no_worker() -> UnavailableError:
    """Return the error for a test that nobody has answered in time."""
    return UnavailableError("No worker has answered in time; see that one runs, and try again.")
