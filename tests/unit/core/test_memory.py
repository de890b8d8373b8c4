"""Memory of processes that are ready. What is asked of the C library holds for good, so a process of its own asks."""

import platform
import subprocess
import sys

import pytest

_BLOCKS_IN_THE_HEAP = """
import re
from app.core import memory

memory.settle()
blocks = [bytes(100_000) for _ in range(50)]
with open("/proc/self/maps") as maps:
    [begin, end] = re.search(r"^(\\w+)-(\\w+) .*\\[heap\\]$", maps.read(), re.MULTILINE).groups()
print(sum(int(begin, 16) <= id(block) < int(end, 16) for block in blocks))  # holes that were there are filled first
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's alone")
def test_outputs_of_a_hundred_kilobytes_lie_outside_the_heap() -> None:
    done = subprocess.run([sys.executable, "-c", _BLOCKS_IN_THE_HEAP], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10
