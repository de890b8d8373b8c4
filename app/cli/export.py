"""Writes definitions into files that can live in git: the same bytes each time, no secrets, ids as they are."""

import asyncio
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from pydantic import JsonValue

from app.cli.definitions.access import workflows_of
from app.cli.definitions.form import form_of
from app.cli.definitions.texts import FORMATS, Format, write
from app.core.config import Settings
from app.core.errors import SetupError
from app.workflows.errors import WorkflowNotFoundError

Forms = Sequence[dict[str, JsonValue]]


def export(settings: Settings, org_id: str, wanted: Collection[str], kind: Format | None, output: Path | None) -> int:
    """Export what is wanted, all where nothing is; return the exit status: 1 where something is not there.

    Raises `SetupError` where the database or the place to write to cannot be used.
    """
    forms, missing = asyncio.run(_read(settings, org_id, wanted))
    for workflow_id in missing:
        print(f'There is no workflow "{workflow_id}" in the organization "{org_id}".', file=sys.stderr)  # noqa: T201 -- a command line speaks
    if missing:
        return 1
    as_list = len(wanted) != 1
    if output is None:
        print(write(forms, kind or "json", as_list=as_list), end="")  # noqa: T201 -- a command line speaks
        return 0
    try:
        _write(forms, kind, output, as_list=as_list)
    except OSError as error:
        raise SetupError(f"{error.filename or output} cannot be written: {error.strerror}.") from None
    return 0


async def _read(settings: Settings, org_id: str, wanted: Collection[str]) -> tuple[Forms, list[str]]:
    """Return definitions by id, which is by age, and the ids for which there is none."""
    forms, missing = [], []
    async with workflows_of(settings, org_id) as workflows:
        every = wanted or [summary.id for summary in await workflows.summaries()]
        for workflow_id in sorted(set(every)):
            try:
                forms.append(form_of(await workflows.get(workflow_id)))
            except WorkflowNotFoundError:
                missing.append(workflow_id)
    return forms, missing


def _write(forms: Forms, kind: Format | None, output: Path, *, as_list: bool) -> None:
    """Write into one file where the name ends like one, else a file each into a folder."""
    if output.suffix.lower() in FORMATS and not output.is_dir():
        _replace(output, write(forms, kind or FORMATS[output.suffix.lower()], as_list=as_list))
        return
    output.mkdir(parents=True, exist_ok=True)
    for form in forms:
        _replace(output / f"{form['id']}.{kind or 'json'}", write([form], kind or "json", as_list=False))


def _replace(file: Path, text: str) -> None:
    """Write the whole file or leave the old one."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
