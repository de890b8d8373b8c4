"""Lists the example workflows, shows one, and saves some, switched off until somebody wants them."""

from collections.abc import Sequence

from app.cli.definitions.examples import Example, every_example, named, with_callees
from app.cli.definitions.texts import Found
from app.cli.import_ import import_found
from app.core.config import Settings
from app.core.errors import SetupError
from app.core.json import JsonObject

_OFF = (
    "They are switched off, so that nothing starts by itself. Switch one on, and what it calls, when all is filled in:"
    ' PUT /workflows/{workflowId} with {"is_active": true}.'
)
_SIGN_IN = (
    "calls the platform as somebody who has signed in: begin with POST /workflows/authorization,"
    " and give what GET /workflows/authorization lists with --authorization"
)


def show_list() -> None:
    """Print a line for each example: its name, its title, and what it is for."""
    examples = every_example().values()
    width = max(len(one.name) for one in examples)
    for one in examples:
        print(f"{one.name:{width}}  {one.title}\n{'':{width}}  {one.summary}")  # noqa: T201 -- a command line speaks


def show(name: str) -> None:
    """Print one as it is. Raises `SetupError` where there is none of that name."""
    [one] = named(every_example(), [name])
    print(one.text, end="")  # noqa: T201 -- a command line speaks


def load(settings: Settings, org_id: str, names: Sequence[str], authorization_id: str | None, *, active: bool) -> int:
    """Save examples, all where none is named, with those that they call; return the exit status.

    Raises `SetupError` for a name that there is not, and where the database cannot be used.
    """
    examples = every_example()
    wanted = with_callees(examples, named(examples, names or list(examples)))
    left_out = [one for one in wanted if _needs_authorization(one) and authorization_id is None]
    if left_out and names:
        raise SetupError(f"{left_out[0].name} {_SIGN_IN}.")
    chosen = [one for one in wanted if one not in left_out]
    found = [Found(one.name, _changed(one, authorization_id, active=active)) for one in chosen]
    status = import_found(settings, org_id, found, "new", dry_run=False)
    if status == 0:
        _say(chosen, left_out, active=active)
    return status


def _needs_authorization(one: Example) -> bool:
    return one.form.authorization_id is not None


def _changed(one: Example, authorization_id: str | None, *, active: bool) -> JsonObject:
    own = {"authorization_id": authorization_id} if _needs_authorization(one) else {}
    return {**one.value, **own, "is_active": active}


def _say(chosen: Sequence[Example], left_out: Sequence[Example], *, active: bool) -> None:
    lines = [f"Left out: {one.name} {_SIGN_IN}." for one in left_out]
    for one in chosen:
        if one.to_do:
            lines += [f"{one.name}: {one.title}", *(f"  {line}" for line in one.to_do)]
    for line in [*lines, *([] if active else [_OFF])]:
        print(line)  # noqa: T201 -- a command line speaks
