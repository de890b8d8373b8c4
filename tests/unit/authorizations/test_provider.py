"""What is asked of a provider, byte for byte, and which settings refuse the start."""

import base64

import pytest
from pydantic import SecretStr

from app.authorizations.provider import Provider, open_provider
from app.core.config import OAuthSettings
from app.core.errors import SetupError
from app.graph.ports import HttpAnswer
from tests.factories.steps import RecordingHttp
from tests.fixtures.clock import ManualClock
from tests.unit.authorizations.test_discovery import ISSUER, served

TOKENS = HttpAnswer(200, "OK", {}, b'{"access_token":"at","token_type":"Bearer"}')
PUBLIC_URL = "https://virga.example"


def opened(http: RecordingHttp, **settings: object) -> Provider:
    given = OAuthSettings.model_validate({"issuer": ISSUER, "client_id": "virga", **settings})
    provider = open_provider(given, PUBLIC_URL, http, ManualClock())
    assert provider is not None
    return provider


async def test_a_code_is_traded_with_its_verifier() -> None:
    http = RecordingHttp(served(), TOKENS)
    assert (await opened(http).exchange("c&d", "v")).access_token == "at"
    sent = http.calls[-1]
    assert (sent.method, sent.url, sent.follow_redirects) == ("POST", "https://sso.example/token", False)
    assert sent.body == (
        b"grant_type=authorization_code&redirect_uri=https%3A%2F%2Fvirga.example%2Fworkflows%2Fauthorization%2Fcallback"
        b"&code=c%26d&code_verifier=v&client_id=virga"
    )
    assert dict(sent.headers)["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_refresh_token_is_traded() -> None:
    http = RecordingHttp(served(), TOKENS)
    await opened(http).refresh("r+t")
    assert http.calls[-1].body == b"grant_type=refresh_token&refresh_token=r%2Bt&client_id=virga"


async def test_a_client_with_a_secret_sends_it_in_a_header() -> None:
    http = RecordingHttp(served(), TOKENS)
    await opened(http, client_secret=SecretStr("s3")).refresh("rt")
    expected = base64.b64encode(b"virga:s3").decode()
    assert dict(http.calls[-1].headers)["Authorization"] == f"Basic {expected}"
    assert http.calls[-1].body == b"grant_type=refresh_token&refresh_token=rt"


async def test_or_in_the_body_where_only_that_is_offered() -> None:
    http = RecordingHttp(served(token_endpoint_auth_methods_supported=["client_secret_post"]), TOKENS)
    await opened(http, client_secret=SecretStr("s3")).refresh("rt")
    assert "Authorization" not in dict(http.calls[-1].headers)
    assert http.calls[-1].body == b"grant_type=refresh_token&refresh_token=rt&client_id=virga&client_secret=s3"


async def test_a_provider_without_revocation_is_not_asked_to_revoke() -> None:
    http = RecordingHttp(served(revocation_endpoint=None))
    await opened(http).revoke("rt")
    assert len(http.calls) == 1


async def test_consent_is_asked_for_only_where_a_refresh_token_is_wanted() -> None:
    provider = opened(RecordingHttp(served()), scopes=("openid",))
    assert "prompt" not in await provider.sign_in_url("s", "n", "v" * 43)


async def test_what_the_endpoint_has_in_its_query_stays() -> None:
    http = RecordingHttp(served(authorization_endpoint="https://sso.example/authorize?tenant=a%20b"))
    url = await opened(http).sign_in_url("s", "n", "v" * 43)
    assert url.startswith("https://sso.example/authorize?tenant=a+b&response_type=code&client_id=virga&")


def test_without_an_issuer_there_is_no_provider() -> None:
    assert open_provider(OAuthSettings(client_id="virga"), PUBLIC_URL, RecordingHttp(), ManualClock()) is None


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        ({"client_id": None}, "VIRGA_OAUTH__CLIENT_ID"),
        ({"issuer": "sso.example"}, "VIRGA_OAUTH__ISSUER"),
        ({"scopes": ("email",)}, "VIRGA_OAUTH__SCOPES"),
    ],
)
def test_settings_that_could_not_work_refuse_the_start(settings: dict[str, object], variable: str) -> None:
    with pytest.raises(SetupError, match=variable):
        opened(RecordingHttp(), **settings)
