"""What is secret in the vault is encrypted for its row, and is in no answer, log, document or audit entry."""

import pytest

from app.core.crypto import DecryptionError, Keyring, Sealed
from app.vault.schemas import VaultItemCreate
from tests.factories.vault import ITEM, MARKER, VAULT, changed, held_by, kept, stored
from tests.fixtures.api import Client, Database


async def test_the_secret_is_stored_encrypted_for_its_organization_and_item(api: Client, database: Database) -> None:
    row = await stored(database, await kept(api))
    assert MARKER.encode() not in row["secret"]
    plain = held_by(api).keyring.decrypt(
        Sealed(row["secret_key_id"], row["secret"]), org_id=api.org_id, item_id=row["id"]
    )
    assert plain == MARKER.encode()


@pytest.mark.parametrize("strangers", ["item", "organization"])
async def test_a_secret_moved_to_another_row_is_worth_nothing(api: Client, database: Database, strangers: str) -> None:
    """Whoever can write to the database, but has no key, cannot hand one secret out in the place of another."""
    mine = await kept(api)
    theirs = await kept(api if strangers == "item" else api.other(), name="other")
    await database.execute(
        "UPDATE vault_items SET secret = (SELECT secret FROM vault_items WHERE id = :mine) WHERE id = :theirs",
        mine=mine["id"],
        theirs=theirs["id"],
    )
    row = await stored(database, theirs)
    with pytest.raises(DecryptionError):
        held_by(api).keyring.decrypt(
            Sealed(row["secret_key_id"], row["secret"]), org_id=row["org_id"], item_id=row["id"]
        )


async def test_no_answer_log_or_document_has_the_secret(api: Client, capfd: pytest.CaptureFixture[str]) -> None:
    item = await kept(api)
    answers = [
        await api.post(VAULT, json=ITEM),
        await api.put(f"{VAULT}/{item['id']}", json={"secret": f"{MARKER}2"}),
        await api.put(f"{VAULT}/{item['id']}", json={"secret": MARKER * 100}),
        await api.post(VAULT, json={"name": "x", "secret": [MARKER], "expires_at": MARKER}),
        await api.get(f"{VAULT}/{item['id']}"),
        await api.get(VAULT),
        await api.get("/openapi.json"),
    ]
    printed = capfd.readouterr()
    assert [answer.status_code for answer in answers] == [409, 200, 422, 422, 200, 200, 200]
    assert not [answer for answer in answers if MARKER in answer.text]
    assert MARKER not in printed.out + printed.err


def test_a_bodys_repr_does_not_show_the_secret() -> None:
    assert MARKER not in repr(VaultItemCreate.model_validate(ITEM))


async def test_every_write_is_in_the_audit_log_and_no_secret(api: Client, database: Database) -> None:
    item = await kept(api)
    await changed(api, item, secret=f"{MARKER}2")
    await api.delete(f"{VAULT}/{item['id']}")
    rows = await database.rows("SELECT * FROM audit_log WHERE resource_id = :id ORDER BY id", id=item["id"])
    assert [(row.action, row.actor, row.resource_type) for row in rows] == [
        (f"vault_item.{verb}", "tester", "vault_item") for verb in ("create", "update", "delete")
    ]
    assert rows[0].after_hash == rows[1].before_hash != rows[1].after_hash == rows[2].before_hash
    assert MARKER not in str(rows)


async def test_what_is_refused_is_not_in_the_audit_log(api: Client, database: Database) -> None:
    await kept(api)
    await api.post(VAULT, json=ITEM)
    assert await database.value("SELECT count(*) FROM audit_log WHERE org_id = :org", org=api.org_id) == 1


def test_the_keyrings_repr_shows_no_key() -> None:
    assert repr(Keyring({"k1": b"k" * 32})).count("kkk") == 0
