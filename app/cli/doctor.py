"""Looks at everything a server depends on and says, a line each, what is well and what is not."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.installation import settings_of
from app.cli.migrate import reason
from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import API_ROLE, WORKER_ROLE, create_engine, refuse_privileged_role
from app.core.errors import SetupError
from app.models.schema_version import REQUIRED_REVISION, fits, found_revision

CLOCK_SECONDS = 5  # times follow the database's clock; a machine further off confuses whoever reads its logs
ANSWER_SECONDS = 5
METADATA_ADDRESS = ip_address("169.254.169.254")  # where clouds hand out credentials

Check = Callable[[Settings], Awaitable[str]]


def examine(data_dir: Path) -> int:
    """Print a line for each check and return the exit status: 1 if anything is wrong."""
    try:
        settings = settings_of(data_dir)
        Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    except SetupError as error:
        _say(well=False, what="settings", finding=str(error))
        return 1
    _say(well=True, what="settings", finding=f"links lead to {settings.public_url}")
    return 0 if asyncio.run(_examine(settings, CHECKS)) else 1


async def _examine(settings: Settings, checks: Sequence[Check]) -> bool:
    findings = [await _look(settings, check) for check in checks]
    return all(findings)


async def _look(settings: Settings, check: Check) -> bool:
    try:
        finding, well = await asyncio.wait_for(check(settings), ANSWER_SECONDS), True
    except TimeoutError:
        finding, well = f"no answer within {ANSWER_SECONDS} s", False
    except (SetupError, OSError, RedisError, SQLAlchemyError) as error:
        finding, well = reason(error), False
    _say(well=well, what=check.__name__, finding=finding)
    return well


async def database(settings: Settings) -> str:
    version = await _ask(settings, "SELECT version()")
    for role in (API_ROLE, WORKER_ROLE):
        engine = _engine(settings, role)
        try:
            await refuse_privileged_role(engine)
        finally:
            await engine.dispose()
    return " ".join(str(version).split()[:2])


async def migrations(settings: Settings) -> str:
    engine = _engine(settings, None)
    try:
        found = await found_revision(engine)
    finally:
        await engine.dispose()
    if not fits(found):
        raise SetupError(
            f"the schema is {found or 'missing'}, this version needs {REQUIRED_REVISION}: run `virga migrate`"
        )
    return f"schema {found}"


async def queue(settings: Settings) -> str:
    client = redis.asyncio.Redis.from_url(settings.redis_url.get_secret_value())
    try:
        memory = await client.info("memory")
        server = await client.info("server")
    finally:
        await client.aclose()
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise SetupError(f"maxmemory-policy is {policy}: set it to noeviction, or rings get lost and runs start late")
    return f"answers, compatible with Redis {server.get('redis_version', '?')}"


async def clock(settings: Settings) -> str:
    theirs = await _ask(settings, "SELECT clock_timestamp()")
    if not isinstance(theirs, datetime):
        raise SetupError("the database does not tell the time")
    distance = abs((Clock().now() - theirs).total_seconds())
    if distance > CLOCK_SECONDS:
        raise SetupError(f"this machine is {distance:.0f} s off the database's clock: synchronize both by NTP")
    return f"within {distance:.1f} s of the database's"


async def egress(settings: Settings) -> str:
    await asyncio.get_running_loop().getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    allowed = settings.egress.allow
    if any(METADATA_ADDRESS in network for network in allowed):
        raise SetupError(f"VIRGA_EGRESS__ALLOW opens {METADATA_ADDRESS}, where clouds hand out credentials: narrow it")
    return f"public addresses{''.join(f', {network}' for network in allowed)}"


CHECKS: tuple[Check, ...] = (database, migrations, queue, clock, egress)


async def _ask(settings: Settings, question: str) -> object:
    engine = _engine(settings, None)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(question))).scalar_one()
    finally:
        await engine.dispose()


def _engine(settings: Settings, role: str | None) -> AsyncEngine:
    url = settings.database_url.get_secret_value()
    return create_engine(url, role=role, pool_size=1, application="virga-doctor")


def _say(*, well: bool, what: str, finding: str) -> None:
    print(f"{'ok   ' if well else 'WRONG'}  {what}: {finding}")  # noqa: T201 -- a command line speaks
