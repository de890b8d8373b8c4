"""Numbered pages: their rows, links and limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidRequestError
from app.http.pagination import MAX_DEPTH, MAX_PER_PAGE, Page, PageRequest, page_of

PATH = "https://virga.example/workflows/fl_1/executions"


def page(number: int, per_page: int, total: int, **query: str) -> Page[int]:
    asked = PageRequest.checked(number, per_page)
    return page_of(Page[int], list(range(total))[asked.offset :][:per_page], total, asked, PATH, query)


def test_a_page_in_the_middle_links_both_ways() -> None:
    middle = page(2, 10, 25, status="failed")
    assert middle.data == list(range(10, 20))
    assert middle.links.model_dump() == {
        "first": f"{PATH}?status=failed&page=1",
        "last": f"{PATH}?status=failed&page=3",
        "prev": f"{PATH}?status=failed&page=1",
        "next": f"{PATH}?status=failed&page=3",
    }


def test_the_meta_counts_rows_from_one() -> None:
    assert page(3, 10, 25).meta.model_dump(by_alias=True) == {
        "current_page": 3,
        "from": 21,
        "last_page": 3,
        "path": PATH,
        "per_page": 10,
        "to": 25,
        "total": 25,
    }


def test_a_page_past_the_end_is_empty() -> None:
    past = page(9, 10, 25)
    assert (past.data, past.meta.from_, past.meta.to, past.links.next) == ([], None, None, None)
    assert past.links.prev == f"{PATH}?page=3"


def test_an_empty_list_has_one_page() -> None:
    empty = page(1, 15, 0)
    assert (empty.meta.last_page, empty.links.prev, empty.links.next) == (1, None, None)
    assert empty.links.first == empty.links.last


def test_a_query_in_links_is_escaped() -> None:
    assert page(1, 15, 1, before="a&b=ü").links.first == f"{PATH}?before=a%26b%3D%C3%BC&page=1"


def test_a_page_too_deep_points_to_before() -> None:
    with pytest.raises(InvalidRequestError, match="`before`") as caught:
        PageRequest.checked(MAX_DEPTH // 10 + 1, 10)
    assert caught.value.faults[0].path == "page"


def test_the_deepest_page_is_allowed() -> None:
    assert PageRequest.checked(1_000, 100).offset == MAX_DEPTH - 100


@given(st.integers(0, 300), st.integers(1, MAX_PER_PAGE))
def test_following_next_visits_every_row_once(total: int, per_page: int) -> None:
    rows: list[int] = []
    number = 1
    while True:
        shown = page(number, per_page, total)
        rows += shown.data
        if shown.links.next is None:
            break
        number += 1
    assert rows == list(range(total))
    assert number == shown.meta.last_page
