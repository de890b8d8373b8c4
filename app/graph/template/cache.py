"""Programs by their source, so that a template is read once a process. Bounded in bytes, used from many threads."""

from collections import OrderedDict
from threading import Lock

from app.graph.template import limits
from app.graph.template.program import Program

PROGRAM_BYTES = 2_000  # that any program takes, as measured
BYTES_PER_CHARACTER = 110  # of the densest templates, as measured


class ProgramCache:
    """Keeps the programs that were used last."""

    def __init__(self, capacity_bytes: int = limits.CACHE_BYTES) -> None:
        self._capacity_bytes = capacity_bytes
        self._programs: OrderedDict[str, Program] = OrderedDict()
        self._lock = Lock()
        self.size_bytes = 0

    def program(self, source: str) -> Program:
        """Return the program of a template. Raises `TemplateError`, each time anew, for one that cannot be read."""
        with self._lock:
            known = self._programs.get(source)
            if known is not None:
                self._programs.move_to_end(source)
                return known
        made = Program.of(source)  # outside the lock: at worst two threads read the same template
        with self._lock:
            self._keep(made)
        return made

    def _keep(self, program: Program) -> None:
        if program.source not in self._programs:
            self.size_bytes += _bytes_of(program.source)
        self._programs[program.source] = program
        while self.size_bytes > self._capacity_bytes:
            source, _ = self._programs.popitem(last=False)
            self.size_bytes -= _bytes_of(source)


def _bytes_of(source: str) -> int:
    return PROGRAM_BYTES + BYTES_PER_CHARACTER * len(source)


PROGRAMS = ProgramCache()
