"""Makes the server's definitions equal to those in files: all of them or none, and says what that changed."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.cli.definitions.access import ACTOR, workflows_of
from app.cli.definitions.differences import differences
from app.cli.definitions.form import Form, read_form
from app.cli.definitions.order import CircleError, callees_first, redirected
from app.cli.definitions.texts import Found, UnreadableFileError, read
from app.core.config import Settings
from app.core.errors import VirgaError
from app.http.etags import IfMatch, quoted
from app.workflows.errors import WorkflowNotFoundError
from app.workflows.service import WorkflowService

Ids = Literal["keep", "new"]


class _UndoneError(Exception):
    """Leaves the transaction without a commit."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A definition without faults of form, and where it stands."""

    place: str
    form: Form


@dataclass(slots=True)
class _Report:
    """What was done, a line each, and everything that is wrong with the files."""

    done: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def blame(self, place: str, error: VirgaError) -> None:
        named = [f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in error.faults]
        self.faults += [f"{place}: {sentence}" for sentence in named or [error.message]]


def import_files(settings: Settings, org_id: str, files: Sequence[Path], ids: Ids, *, dry_run: bool) -> int:
    """Import, print what changed, and return the exit status: 1 where a fault was found and nothing was done.

    Raises `SetupError` where the database cannot be used.
    """
    report = _Report()
    found = _found(files, report)
    return _import_all(settings, org_id, found, ids, report, dry_run=dry_run)


def import_found(settings: Settings, org_id: str, found: Sequence[Found], ids: Ids, *, dry_run: bool) -> int:
    """Import definitions that were read already, as `import_files` does those of files."""
    return _import_all(settings, org_id, found, ids, _Report(), dry_run=dry_run)


def _import_all(
    settings: Settings, org_id: str, found: Sequence[Found], ids: Ids, report: _Report, *, dry_run: bool
) -> int:
    placed = _placed(found, report)
    if ids == "keep":
        _refuse_unclear_ids(placed, report)
    placed = _in_order(placed, report)
    asyncio.run(_import(settings, org_id, placed, ids, report, dry_run=dry_run))
    if report.faults:
        for fault in report.faults:
            print(fault, file=sys.stderr)  # noqa: T201 -- a command line speaks
        print(f"Nothing was imported: {_count(len(report.faults), 'fault')}.", file=sys.stderr)  # noqa: T201 -- the same
        return 1
    _say(report, dry_run=dry_run)
    return 0


def _found(files: Iterable[Path], report: _Report) -> list[Found]:
    found: list[Found] = []
    for file in files:
        try:
            found += read(file)
        except UnreadableFileError as error:
            report.faults.append(f"{file}: {error}")
    return found


def _placed(found: Iterable[Found], report: _Report) -> list[_Placed]:
    placed = []
    for one in found:
        try:
            placed.append(_Placed(one.place, read_form(one.value)))
        except VirgaError as error:
            report.blame(one.place, error)
    return placed


def _refuse_unclear_ids(placed: Iterable[_Placed], report: _Report) -> None:
    first: dict[str, str] = {}
    for one in placed:
        workflow_id = one.form.id
        if workflow_id is None:
            report.faults.append(f"{one.place}: id: is required, unless new ones are made with --ids new")
        elif workflow_id in first:
            report.faults.append(f"{one.place}: id: {workflow_id} is that of {first[workflow_id]} already")
        else:
            first[workflow_id] = one.place


def _in_order(placed: Sequence[_Placed], report: _Report) -> list[_Placed]:
    """Put whoever is called before who calls it: a call of a workflow that is not there yet would be refused."""
    try:
        return [placed[index] for index in callees_first([one.form for one in placed])]
    except CircleError as error:
        place = next(one.place for one in placed if one.form.id == error.ids[0])
        report.faults.append(f"{place}: nodes: these workflows call each other in a circle: {error}")
        return []


async def _import(
    settings: Settings, org_id: str, placed: Sequence[_Placed], ids: Ids, report: _Report, *, dry_run: bool
) -> None:
    """Do all of it in one transaction, and undo it where anything was wrong."""
    with suppress(_UndoneError):
        async with workflows_of(settings, org_id) as workflows:
            await workflows.calls.hold([node for one in placed for node in one.form.nodes])
            new_ids: dict[str, str] | None = {} if ids == "new" else None
            for one in placed:
                await _import_one(workflows, one, new_ids, report)
            if report.faults or dry_run:
                raise _UndoneError


async def _import_one(
    workflows: WorkflowService, one: _Placed, new_ids: dict[str, str] | None, report: _Report
) -> None:
    try:
        done = await (_keep(workflows, one.form) if new_ids is None else _copy(workflows, one.form, new_ids))
    except VirgaError as error:
        report.blame(one.place, error)
    else:
        report.done.append(done)


async def _keep(workflows: WorkflowService, form: Form) -> tuple[str, str]:
    """Change the workflow that has the id, or create one that has it. A fault of ids has been found already."""
    try:
        before = await workflows.get(form.id or "")
    except WorkflowNotFoundError:
        created = await workflows.create(form.as_create(), ACTOR, form.id)
        return "created", f"{created.id}  {created.name}"
    expected = IfMatch(quoted(before.version))
    after = await workflows.update(before.id, form.as_update(), expected, ACTOR)
    changed = differences(before, after)
    what = f"{after.id}  {after.name}"
    return ("updated", f"{what}: {', '.join(changed)}") if changed else ("unchanged", what)


async def _copy(workflows: WorkflowService, form: Form, new_ids: dict[str, str]) -> tuple[str, str]:
    """Create it under a new id. Its calls lead to the copies that were made before."""
    created = await workflows.create(redirected(form, new_ids).as_create(), ACTOR)
    if form.id is None:
        return "created", f"{created.id}  {created.name}"
    new_ids[form.id] = created.id
    return "created", f"{created.id}  {created.name}, from {form.id}"


def _say(report: _Report, *, dry_run: bool) -> None:
    for verb, line in report.done:
        print(f"{verb:9}  {line}")  # noqa: T201 -- a command line speaks
    counts = Counter(verb for verb, _ in report.done)
    summary = ", ".join(f"{counts[verb]} {verb}" for verb in ("created", "updated", "unchanged"))
    print(f"{summary}. Nothing was saved: this was a dry run." if dry_run else f"{summary}.")  # noqa: T201 -- the same


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
