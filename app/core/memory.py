"""Keeping the garbage collector out of the way of a process that has loaded what it needs."""

import gc

# Young objects die with their request or step; looking at all others as often as Python does stops the process for
# tenths of a second, which is longer than a ring or a template may take.
_THRESHOLDS = (20_000, 20, 50)


def settle() -> None:
    """Call once, when a process is ready: what it holds by now stays, and need not be looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
