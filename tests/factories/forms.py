"""Forms that runs wait for, put straight into the database, where the API is to show and answer what workers began."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.json import JsonValue, dumps
from app.http.deps import Resources
from app.runs.form_tokens import PATH, FormPlace, FormTokens, token_hash
from tests.factories.workflows import edge, node, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database

BUTTONS: list[JsonValue] = [{"id": "approve", "label": "Approve"}, {"id": "reject", "label": "Reject"}]
AMOUNT: dict[str, JsonValue] = {"name": "amount", "type": "number", "label": "Amount", "required": True, "min": 0}

_WAIT = """
    INSERT INTO run_waits (run_id, path, node_id, attempt, org_id, component_id, kind, due_at, token_hash, token_key_id,
                           prompt)
    VALUES (:run_id, :path, :node_id, :attempt, :org, 'interactive_form', 'form', :due_at, :hash, :key_id,
            CAST(:prompt AS json))
"""
_PARK = """
    UPDATE runs SET status = 'awaiting_ui_interaction', ready = false, due_at = :due_at, started_at = created_at
    WHERE id = :id
"""


@dataclass(frozen=True, slots=True)
class OpenForm:
    run_id: str
    url: str

    @property
    def token(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def path(self) -> str:
        return f"{PATH}/{self.token}"


async def open_form(
    api: Client,
    database: Database,
    *fields: Mapping[str, JsonValue],
    due_at: datetime | None = None,
    place: str = "",
    **prompt: JsonValue,
) -> OpenForm:
    """Return a form of a run that is parked, by default without a field and with two buttons."""
    form = node("form", "interactive_form", title="Asked", buttons=BUTTONS)
    saved = await api.created(workflow(node("t", "manual_trigger"), form, edges=[edge("t", "form")]))
    run = await api.started(saved["id"])
    held: Resources = api.app.state.resources
    tokens, where = FormTokens(held.keyring, PUBLIC_URL), FormPlace(run["id"], place, "form", 1)
    issued = tokens.issue(where)
    asked = {"title": "Asked", "fields": list(fields), "buttons": BUTTONS, **prompt}
    named = {"org": api.org_id, "due_at": due_at, "hash": issued.hash, "key_id": issued.key_id}
    await database.execute(_WAIT, **where._asdict(), **named, prompt=dumps(asked))
    await database.execute(_PARK, id=run["id"], due_at=due_at)
    url = tokens.url(where, issued.key_id)
    assert url is not None
    found = OpenForm(run["id"], url)
    assert token_hash(found.token) == issued.hash
    return found
