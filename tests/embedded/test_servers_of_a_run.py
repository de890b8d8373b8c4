"""The servers that tests share."""

import asyncpg
import redis.asyncio


async def test_the_database_of_a_test_process_has_the_schema(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    finally:
        await connection.close()


async def test_the_valkey_of_a_test_process_answers(redis_url: str) -> None:
    client = redis.asyncio.Redis.from_url(redis_url)
    try:
        assert await client.ping()
    finally:
        await client.aclose()
