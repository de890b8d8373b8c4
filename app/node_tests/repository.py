"""Tests of nodes in the database: sealed requests and answers, for a minute at most."""

from datetime import datetime

from sqlalchemy import delete, select

from app.core.crypto import Sealed
from app.models import NodeTest
from app.unit_of_work import UnitOfWork


class NodeTestRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    def add(self, test_id: str, request: Sealed, expires_at: datetime) -> None:
        row = NodeTest(
            id=test_id,
            org_id=self._org_id,
            request=request.blob,
            key_id=request.key_id,
            expires_at=expires_at,
        )
        self._session.add(row)

    async def answer(self, test_id: str) -> Sealed | None:
        """Return the answer, None while there is none."""
        answered = select(NodeTest.key_id, NodeTest.answer).where(
            NodeTest.id == test_id, NodeTest.org_id == self._org_id
        )
        row = (await self._session.execute(answered)).one_or_none()
        return Sealed(row.key_id, row.answer) if row and row.answer is not None else None

    async def delete(self, test_id: str) -> None:
        await self._session.execute(delete(NodeTest).where(NodeTest.id == test_id, NodeTest.org_id == self._org_id))
