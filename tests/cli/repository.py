"""A folder of definitions that a test exports to and imports from."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.cli.definitions.texts import Format
from app.cli.export import export
from app.cli.import_ import Ids, import_files
from app.core.config import Settings, VaultSettings
from app.core.crypto import new_master_key
from tests.factories.workflows import Json
from tests.fixtures.api import database_of

NUMBERS = itertools.count()
KEY = new_master_key("k1")
ID, OTHER_ID = "fl_01kaq3v0c3s8y5b1f7f3q2d6te", "fl_01kaq3v0c3s8y5b1f7f3q2d6tf"
UNKNOWN = "fl_01kaq3v0c3s8y5b1f7f3q2d6tz"


class Repository:
    """A folder of definitions, and the organization on the server that they are of."""

    def __init__(self, postgres_url: str, redis_url: str, folder: Path, org: str) -> None:
        self.url = postgres_url
        self.folder = folder
        self.org = org
        self.settings = Settings.model_validate(
            {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "vault": VaultSettings(keys=SecretStr(KEY))}
        )

    def other(self) -> "Repository":
        folder = self.folder / "other"
        folder.mkdir(exist_ok=True)
        redis_url = self.settings.redis_url.get_secret_value()
        return Repository(self.url, redis_url, folder, f"{self.org}-{next(NUMBERS)}")

    def file(self, content: object, name: str = "flows.json") -> Path:
        file = self.folder / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def load(self, *files: Path, ids: Ids = "keep", dry_run: bool = False) -> int:
        return import_files(self.settings, self.org, files, ids, dry_run=dry_run)

    def dump(self, *wanted: str, kind: Format | None = None, output: Path | None = None) -> int:
        return export(self.settings, self.org, wanted, kind, output)

    def rows(self, statement: str) -> Sequence[Any]:
        async def ask() -> Sequence[Any]:
            async with database_of(self.url) as database:
                return await database.rows(statement, org=self.org)

        return asyncio.run(ask())

    def execute(self, statement: str) -> None:
        async def do() -> None:
            async with database_of(self.url) as database:
                await database.execute(statement, org=self.org)

        asyncio.run(do())

    def saved(self) -> list[Json]:
        """Return the definitions of all workflows as they are exported."""
        file = self.folder / "saved.json"
        assert self.dump(output=file) == 0
        found: list[Json] = json.loads(file.read_text())
        return found
