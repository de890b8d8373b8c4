"""A provider's discovery document: checked, kept, and read again."""

import pytest

from app.authorizations.discovery import Discovery, read_metadata
from app.core.json import JsonObject, dumps
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.ports import HttpAnswer
from tests.factories.steps import RecordingHttp
from tests.fixtures.clock import ManualClock

ISSUER = "https://sso.example/realm"
DOCUMENT: JsonObject = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://sso.example/authorize",
    "token_endpoint": "https://sso.example/token",
    "jwks_uri": "https://sso.example/jwks",
    "userinfo_endpoint": "https://sso.example/userinfo",
    "revocation_endpoint": "https://sso.example/revoke",
}


def served(**changes: object) -> HttpAnswer:
    return HttpAnswer(200, "OK", {}, dumps({**DOCUMENT, **changes}).encode())


def test_the_endpoints_are_read() -> None:
    found = read_metadata(DOCUMENT, ISSUER)
    assert (found.token_endpoint, found.jwks_uri) == (DOCUMENT["token_endpoint"], DOCUMENT["jwks_uri"])
    assert (found.userinfo_endpoint, found.revocation_endpoint) == (
        DOCUMENT["userinfo_endpoint"],
        DOCUMENT["revocation_endpoint"],
    )


@pytest.mark.parametrize("issuer", [None, "", f"{ISSUER}/", "https://evil.example", 5])
def test_a_document_of_another_issuer_is_refused(issuer: object) -> None:
    with pytest.raises(PermanentError, match="names another issuer"):
        read_metadata({**DOCUMENT, "issuer": issuer}, ISSUER)  # type: ignore[dict-item] # what a provider may send


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", [None, 5, "", "/token", "javascript:alert(1)", "http://sso.example/token"])
def test_an_endpoint_that_is_not_safe_to_go_to_is_refused(name: str, url: str | int | None) -> None:
    with pytest.raises(PermanentError, match=f"no usable {name}"):
        read_metadata({**DOCUMENT, name: url}, ISSUER)


@pytest.mark.parametrize("name", ["userinfo_endpoint", "revocation_endpoint"])
@pytest.mark.parametrize("url", [None, "http://sso.example/plain"])
def test_what_is_not_needed_may_be_missing(name: str, url: str | None) -> None:
    assert getattr(read_metadata({**DOCUMENT, name: url}, ISSUER), name) is None


def test_an_issuer_without_tls_may_have_such_endpoints() -> None:
    plain = {name: str(url).replace("https:", "http:") for name, url in DOCUMENT.items()}
    assert read_metadata(plain, "http://sso.example/realm").token_endpoint == "http://sso.example/token"


@pytest.mark.parametrize(
    ("offered", "method"),
    [
        (None, "client_secret_basic"),
        (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (["private_key_jwt", "client_secret_post"], "client_secret_post"),
        (["private_key_jwt"], "client_secret_basic"),
        ("client_secret_post", "client_secret_basic"),
    ],
)
def test_clients_authenticate_as_offered(offered: object, method: str) -> None:
    document = {**DOCUMENT, "token_endpoint_auth_methods_supported": offered}
    assert read_metadata(document, ISSUER).client_authentication == method  # type: ignore[arg-type] # see above


async def test_the_document_is_read_once_an_hour() -> None:
    clock, http = ManualClock(), RecordingHttp(served())
    discovery = Discovery(ISSUER, http, clock)
    for _ in range(3):
        await discovery.metadata()
    assert [call.url for call in http.calls] == [f"{ISSUER}/.well-known/openid-configuration"]
    clock.advance(3600)
    await discovery.metadata()
    assert len(http.calls) == 2


@pytest.mark.parametrize("broken", [TemporaryError("away"), HttpAnswer(500, "", {}, b""), served(issuer="x")])
async def test_the_last_good_document_is_kept_through_an_outage(broken: HttpAnswer | StepError) -> None:
    clock, http = ManualClock(), RecordingHttp(served(), broken)
    discovery = Discovery(ISSUER, http, clock)
    known = await discovery.metadata()
    clock.advance(3600)
    assert [await discovery.metadata() for _ in range(3)] == [known] * 3
    assert len(http.calls) == 2
    clock.advance(5)
    await discovery.metadata()
    assert len(http.calls) == 3


async def test_a_document_that_never_came_is_asked_for_each_time() -> None:
    http = RecordingHttp(TemporaryError("away"), served())
    discovery = Discovery(ISSUER, http, ManualClock())
    with pytest.raises(TemporaryError):
        await discovery.metadata()
    assert (await discovery.metadata()).issuer == ISSUER
