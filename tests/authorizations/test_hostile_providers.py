"""A provider that lies, breaks or is taken over gives nobody an authorization, and breaks nothing here."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from app.core.config import OAuthSettings
from tests.authorizations.browser import came_back, state_of
from tests.fixtures.api import Client, Database, json_of
from tests.fixtures.forged_provider import CLIENT_ID, DISCOVERY, ForgedProvider, json_answer, signed
from tests.fixtures.target import HANG_UP, SILENCE, answer
from tests.unit.auth.material import OTHER_RSA_KEY, by_hand, segment

SECRET = "the secret of the client, which is at least as long as HS256 wants"
UNTRUSTED = "The provider&#x27;s id token cannot be trusted."
HUGE = answer(b"[" + b"0," * 200_000 + b"0]")


@pytest.fixture
def oauth(forged: ForgedProvider) -> OAuthSettings:
    return OAuthSettings(issuer=forged.issuer, client_id=CLIENT_ID, client_secret=SecretStr(SECRET))


async def refusal(api: Client, forged: ForgedProvider, status: int = 400) -> str:
    """Come back to a sign-in from which nothing must come, and return what the page says."""
    page = await came_back(api, {"state": await state_of(api, forged), "code": "c"})
    assert page.status_code == status, page.text
    assert (await api.get("/workflows/authorization")).json() == []
    return page.text


async def accepted(api: Client, forged: ForgedProvider) -> dict[str, object]:
    page = await came_back(api, {"state": await state_of(api, forged), "code": "c"})
    assert page.status_code == 200, page.text
    (found,) = (await api.get("/workflows/authorization")).json()
    return dict(found)


async def test_a_provider_that_tells_the_truth_is_believed(api: Client, forged: ForgedProvider) -> None:
    found = await accepted(api, forged)
    assert (found["user_id"], found["email"]) == ("ada", "ada@example.com")


Forge = Callable[[ForgedProvider], object]
FORGERIES: dict[str, tuple[Forge, str]] = {
    "another nonce": (lambda it: it.id_token(nonce="mine"), "belongs to another sign-in (nonce)"),
    "no nonce": (lambda it: it.id_token(nonce=None), "belongs to another sign-in (nonce)"),
    "a nonce that is no text": (lambda it: it.id_token(nonce=["x"]), "belongs to another sign-in (nonce)"),
    "another issuer": (lambda it: it.id_token(iss="https://evil.example"), UNTRUSTED),
    "no issuer": (lambda it: it.id_token(iss=None), UNTRUSTED),
    "another audience": (lambda it: it.id_token(aud="other"), UNTRUSTED),
    "no audience": (lambda it: it.id_token(aud=None), UNTRUSTED),
    "another party": (lambda it: it.id_token(azp="other"), "made for another client (azp)"),
    "many audiences": (lambda it: it.id_token(aud=[CLIENT_ID, "other"]), "made for another client (azp)"),
    "past its time": (lambda it: it.id_token(exp=1), UNTRUSTED),
    "no end": (lambda it: it.id_token(exp=None), UNTRUSTED),
    "no subject": (lambda it: it.id_token(sub=None), UNTRUSTED),
    "a long subject": (lambda it: it.id_token(sub="a" * 256), UNTRUSTED),
    "another's signature": (lambda it: signed(it.claims(), OTHER_RSA_KEY), UNTRUSTED),
    "an unknown key": (lambda it: signed(it.claims(), kid="r2"), UNTRUSTED),
    "no signature": (lambda it: f"{segment({'alg': 'none'})}.{segment(it.claims())}.", UNTRUSTED),
    "the client's secret": (lambda it: by_hand({"alg": "HS256"}, it.claims(), SECRET), UNTRUSTED),
    "no token": (lambda _: "nonsense", UNTRUSTED),
    "a token that is no text": (lambda _: {"a": 1}, "sent no id token"),
    "none at all": (lambda _: None, "sent no id token"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_an_id_token_is_not_believed_with(api: Client, forged: ForgedProvider, forgery: str) -> None:
    forge, reason = FORGERIES[forgery]
    state = await state_of(api, forged)
    forged.tokens = {"id_token": forge(forged)}
    page = await came_back(api, {"state": state, "code": "c"})
    assert (page.status_code, reason in page.text) == (400, True), page.text
    assert (await api.get("/workflows/authorization")).json() == []


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        (json_answer({"error": "invalid_client"}, "401 Unauthorized"), 400, "(invalid_client)"),
        (json_answer({"error": "<b>\u0001"}, "400 Bad Request"), 400, "(status 400)"),
        (answer(b"<html>", status="404 Not Found"), 400, "(status 404)"),
        (answer(b"<html>"), 503, "not a JSON object"),
        (json_answer({"access_token": "a", "token_type": "mac"}), 503, "no bearer token"),
        (json_answer({"access_token": "a\r\nX: y", "token_type": "bearer"}), 503, "no bearer token"),
        (json_answer({"access_token": "a" * 16_385, "token_type": "bearer"}), 503, "no bearer token"),
        (answer(status="500 Oops"), 503, "status 500"),
        (answer(status="429 Slow down"), 503, "status 429"),
        (answer(b"", "Location: /jwks", status="307 Elsewhere"), 400, "(status 307)"),
        (HUGE, 503, "larger than"),
        (HANG_UP, 503, "closed the connection"),
    ],
)
async def test_a_token_endpoint_that_answers_wrongly_gives_nothing(
    api: Client, forged: ForgedProvider, reply: bytes, status: int, reason: str
) -> None:
    forged.scripted["/token"] = reply
    assert reason in await refusal(api, forged, status)


@pytest.mark.parametrize("keys", [answer(b"{}"), answer(status="500 Oops"), HUGE, HANG_UP])
async def test_without_keys_nobody_is_believed(api: Client, forged: ForgedProvider, keys: bytes) -> None:
    forged.scripted["/jwks"] = keys
    assert "cannot be asked at the moment" in await refusal(api, forged, 503)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"<html>"), "is not a JSON object"),
        (answer(b"[]"), "is not a JSON object"),
        (answer(status="404 Not Found"), "was answered with status 404"),
        (HUGE, "is larger than"),
        (HANG_UP, "closed the connection"),
        (SILENCE, "did not answer within 5 s"),
    ],
)
async def test_a_provider_that_cannot_be_read_is_named_as_the_reason(
    api: Client, forged: ForgedProvider, reply: bytes, reason: str
) -> None:
    forged.scripted[DISCOVERY] = reply
    error = json_of(await api.post("/workflows/authorization"), 503)
    assert (error["code"], reason in error["message"]) == ("unavailable", True)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": 5},
    ],
)
async def test_a_discovery_document_that_is_wrong_is_not_used(
    api: Client, forged: ForgedProvider, change: dict[str, object]
) -> None:
    forged.document = change
    assert json_of(await api.post("/workflows/authorization"), 503)["code"] == "unavailable"


@pytest.mark.parametrize(
    ("userinfo", "email"),
    [
        (json_answer({"sub": "ada", "email": "info@example.com"}), "info@example.com"),
        (json_answer({"sub": "eve", "email": "eve@example.com"}), None),
        (json_answer({"sub": "ada", "email": 5}), None),
        (json_answer({"sub": "ada", "email": "a" * 321}), None),
        (answer(b"<html>"), None),
        (answer(status="500 Oops"), None),
        (HANG_UP, None),
        (HUGE, None),
    ],
)
async def test_an_email_that_the_id_token_lacks_is_asked_for(
    api: Client, forged: ForgedProvider, userinfo: bytes, email: str | None
) -> None:
    forged.scripted["/userinfo"] = userinfo
    state = await state_of(api, forged)
    forged.tokens = {"id_token": forged.id_token(email=None)}
    assert (await came_back(api, {"state": state, "code": "c"})).status_code == 200
    (found,) = (await api.get("/workflows/authorization")).json()
    assert found["email"] == email
    assert b"authorization: bearer at-1" in forged.requests_for("/userinfo")[0].lower()


async def test_without_userinfo_there_is_no_email(api: Client, forged: ForgedProvider) -> None:
    forged.document = {"userinfo_endpoint": None}
    state = await state_of(api, forged)
    forged.tokens = {"id_token": forged.id_token(email=None)}
    assert (await came_back(api, {"state": state, "code": "c"})).status_code == 200
    (found,) = (await api.get("/workflows/authorization")).json()
    assert found["email"] is None


@pytest.mark.parametrize("reply", [answer(status="500 Oops"), HANG_UP, HUGE])
async def test_a_provider_that_does_not_revoke_keeps_nobody_from_deleting(
    api: Client, forged: ForgedProvider, reply: bytes
) -> None:
    found = await accepted(api, forged)
    forged.scripted["/revocation"] = reply
    assert (await api.delete(f"/workflows/authorization/{found['id']}")).status_code == 204
    assert b"token=rt-1" in forged.requests_for("/revocation")[0]
    assert (await api.get("/workflows/authorization")).json() == []


async def test_what_cannot_be_decrypted_can_be_deleted(api: Client, forged: ForgedProvider, database: Database) -> None:
    found = await accepted(api, forged)
    await database.execute("UPDATE authorizations SET tokens_key_id = 'lost' WHERE id = :id", id=found["id"])
    assert (await api.delete(f"/workflows/authorization/{found['id']}")).status_code == 204
    assert forged.requests_for("/revocation") == []
