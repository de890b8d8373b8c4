"""Templates are read once a process, within bounds, from many threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.graph.errors import TemplateError
from app.graph.template import TextTemplate, ValueTemplate, limits
from app.graph.template.cache import BYTES_PER_CHARACTER, PROGRAM_BYTES, PROGRAMS, ProgramCache
from app.graph.template.program import Program
from tests.factories.budgets import standing_budget

SOURCE = "{{ x }}"
COST = PROGRAM_BYTES + BYTES_PER_CHARACTER * len(SOURCE)


def test_the_same_source_is_read_once() -> None:
    cache = ProgramCache()
    assert cache.program(SOURCE) is cache.program(SOURCE)
    assert cache.size_bytes == COST


def test_a_template_that_two_threads_read_at_once_counts_once() -> None:
    cache = ProgramCache()
    cache._keep(Program.of(SOURCE))
    cache._keep(Program.of(SOURCE))
    assert cache.size_bytes == COST


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = ProgramCache(capacity_bytes=2 * COST)
    a, b = cache.program("{{ a }}"), cache.program("{{ b }}")
    assert cache.program("{{ a }}") is a
    cache.program("{{ c }}")
    assert cache.size_bytes == 2 * COST
    assert cache.program("{{ a }}") is a
    assert cache.program("{{ b }}") is not b


def test_a_template_larger_than_the_cache_is_not_kept() -> None:
    cache = ProgramCache(capacity_bytes=COST - 1)
    assert cache.program(SOURCE).source == SOURCE
    assert cache.size_bytes == 0


def test_a_template_that_cannot_be_read_is_not_kept() -> None:
    cache = ProgramCache()
    for _ in range(2):
        with pytest.raises(TemplateError):
            cache.program("{{ x")
    assert cache.size_bytes == 0


def test_a_process_keeps_sixteen_mebibytes_of_them() -> None:
    assert limits.CACHE_BYTES == 16 * 2**20
    assert PROGRAMS._capacity_bytes == limits.CACHE_BYTES


def test_many_threads_at_once_count_each_template_once() -> None:
    cache = ProgramCache(capacity_bytes=50 * COST)
    sources = [f"{{{{ {letter} }}}}" for letter in "abcdefghij"]
    start = threading.Barrier(8)

    def use(turn: int) -> None:
        start.wait()
        for index in range(200):
            cache.program(sources[(index + turn) % len(sources)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert cache.size_bytes == len(sources) * COST


def test_one_template_renders_in_many_threads_at_once() -> None:
    template = TextTemplate("{% for i in list %}{% cycle 'a', 'b' %}{{ i }}{% increment n %}{% endfor %}")
    value = ValueTemplate({"x": "{{ list }}"})
    start = threading.Barrier(8)

    def render(number: int) -> tuple[str, object]:
        start.wait()
        roots = {"list": [number] * 50}
        return [(template.render(roots, standing_budget()), value.render(roots, standing_budget())) for _ in range(20)][
            -1
        ]

    with ThreadPoolExecutor(8) as pool:
        for number, (text, made) in enumerate(pool.map(render, range(8))):
            assert text == "".join(f"{'ab'[turn % 2]}{number}{turn}" for turn in range(50))
            assert made == {"x": [number] * 50}
