"""What a process that has loaded what it needs tells the garbage collector and the C library about memory."""

import ctypes
import gc

# Young objects die with their request or step; looking at all others as often as Python does stops the process for
# tenths of a second, which is longer than a ring or a template may take.
_THRESHOLDS = (20_000, 20, 50)

# Blocks of this size lie by themselves and go back to the system when they are freed. By itself glibc raises the bound
# up to 32 MiB with what is freed, and keeps what outputs of steps took between what is needed longer.
# Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
_LARGE_BYTES = 64 * 1024
_M_MMAP_THRESHOLD = -3


def settle() -> None:
    """Call once, when a process is ready: what it holds by now stays, and need not be looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    _give_back_large_blocks()


def _give_back_large_blocks() -> None:
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries than glibc have none
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)
