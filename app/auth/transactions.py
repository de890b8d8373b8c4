"""One transaction a request, in the caller's organization, committed before the answer leaves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Security

from app.auth.callers import Caller
from app.auth.deps import BEARER_AUTH
from app.http.deps import ResourcesDep
from app.unit_of_work import UnitOfWork, unit_of_work


async def transaction(
    held: ResourcesDep, caller: Annotated[Caller, Security(BEARER_AUTH)]
) -> AsyncIterator[UnitOfWork]:
    """Commit once the endpoint has returned; whatever is raised until then undoes everything."""
    async with unit_of_work(held.engine, held.doorbell, caller.org_id) as work:
        yield work


# In the usual scope the commit would follow the answer, and a commit that fails would have been answered as done.
Work = Annotated[UnitOfWork, Depends(transaction, scope="function")]
