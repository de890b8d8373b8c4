"""Numbered pages with links, as lists of runs have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from app.core.errors import Fault, InvalidRequestError

MAX_PAGE = 2**31
MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 15
MAX_DEPTH = 100_000  # rows that a numbered page may have to skip; `before` goes deeper at the cost of page 1

T = TypeVar("T")


class PageLinks(BaseModel):
    """Where the other pages are."""

    first: str = Field(examples=["http://127.0.0.1:8000/workflows/fl_1/executions?page=1"])
    last: str = Field(examples=["http://127.0.0.1:8000/workflows/fl_1/executions?page=3"])
    prev: str | None
    next: str | None


class PageMeta(BaseModel):
    """What this page is a page of."""

    current_page: int = Field(examples=[1])
    from_: int | None = Field(alias="from", description="Number of the page's first row, from 1.", examples=[1])
    last_page: int = Field(examples=[3])
    path: str = Field(examples=["http://127.0.0.1:8000/workflows/fl_1/executions"])
    per_page: int = Field(examples=[15])
    to: int | None = Field(description="Number of the page's last row.", examples=[15])
    total: int = Field(examples=[42])


class Page(BaseModel, Generic[T]):
    """One page of a list, newest first."""

    data: list[T]
    links: PageLinks
    meta: PageMeta


P = TypeVar("P", bound=Page[Any])


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page a client asks for."""

    page: int
    per_page: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @classmethod
    def checked(cls, page: int, per_page: int) -> Self:
        """Refuse pages so deep that skipping to them would cost more than they are worth."""
        if page * per_page > MAX_DEPTH:
            message = f"goes past row {MAX_DEPTH}; go deeper with `before` and the id of the last run that you have"
            raise InvalidRequestError(f"page: {message}.", faults=[Fault("page", message)])
        return cls(page, per_page)


async def page_request(
    page: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Which page, from 1.")] = 1,
    per_page: Annotated[int, Query(ge=1, le=MAX_PER_PAGE, description="Rows on a page.")] = DEFAULT_PER_PAGE,
) -> PageRequest:
    """Read the two query parameters that every numbered list has."""
    return PageRequest.checked(page, per_page)


PageParameters = Annotated[PageRequest, Depends(page_request)]


def links_of(asked: PageRequest, total: int, path: str, query: Mapping[str, str]) -> PageLinks:
    """Build the links. `path` is absolute, made from the public URL; `query` is kept in every link."""
    last = last_page(asked, total)

    def link(page: int) -> str:
        return f"{path}?{urlencode({**query, 'page': page})}"

    return PageLinks(
        first=link(1),
        last=link(last),
        prev=link(min(asked.page - 1, last)) if asked.page > 1 else None,
        next=link(asked.page + 1) if asked.page < last else None,
    )


def last_page(asked: PageRequest, total: int) -> int:
    return max(1, -(-total // asked.per_page))


def page_of(
    kind: type[P], rows: Sequence[object], total: int, asked: PageRequest, path: str, query: Mapping[str, str]
) -> P:
    """Put rows on a page of `kind`, a subclass of `Page[WorkflowRun]`. See `links_of` for `path` and `query`."""
    meta = PageMeta(
        current_page=asked.page,
        **{"from": asked.offset + 1 if rows else None},
        last_page=last_page(asked, total),
        path=path,
        per_page=asked.per_page,
        to=asked.offset + len(rows) if rows else None,
        total=total,
    )
    return kind(data=list(rows), links=links_of(asked, total, path, query), meta=meta)
