"""The examples of authorizations in the OpenAPI document are what the API really answers."""

import re

from app.authorizations import examples
from tests.api.documented import answer_of, assert_documented, without_what_varies
from tests.authorizations.browser import begun, query_of, signed_in
from tests.factories.workflows import workflow
from tests.fixtures.api import PUBLIC_URL, Client, json_of
from tests.fixtures.provider_process import ProviderProcess

AUTHORIZATIONS, AUTHORIZATION = "/workflows/authorization", "/workflows/authorization/{authId}"


def assert_alike(answered: object, documented: object) -> None:
    """Compare, whatever the ids of authorizations are."""
    first, second = (re.sub(r"auth_[0-9a-z]{26}", "AUTH", without_what_varies(one)) for one in (answered, documented))
    assert first == second


async def test_of_listing(api: Client, provider: ProviderProcess) -> None:
    provider.add_user("ada", email="ada@example.com")
    await signed_in(api, "ada")
    answer = (await api.get(AUTHORIZATIONS)).json()
    assert_alike(answer, answer_of(api, "get", AUTHORIZATIONS, 200))


async def test_of_beginning(api: Client) -> None:
    shown, real = query_of(examples.SIGN_IN["url"]), query_of(await begun(api))
    assert shown.keys() == real.keys()
    fixed = ("response_type", "scope", "code_challenge_method", "prompt")
    assert [shown[name] for name in fixed] == [real[name] for name in fixed]
    assert shown["redirect_uri"] == real["redirect_uri"].replace(PUBLIC_URL, "http://127.0.0.1:8000")
    assert_documented(api, examples.SIGN_IN, "post", AUTHORIZATIONS, 200)


async def test_of_errors(api: Client) -> None:
    authorization_id = await signed_in(api)
    await api.created(workflow(authorization_id=authorization_id, name="Onboarding"))
    in_use = json_of(await api.delete(f"{AUTHORIZATIONS}/{authorization_id}"), 409)
    assert_alike(in_use, answer_of(api, "delete", AUTHORIZATION, 409, "authorization_in_use"))
    unknown = json_of(await api.other().delete(f"{AUTHORIZATIONS}/{authorization_id}"), 404)
    assert_alike(unknown, answer_of(api, "delete", AUTHORIZATION, 404, "authorization_not_found"))
