"""A browser without a screen: it goes where it is sent, fills the provider's form in, and comes back to us."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.fixtures.api import PUBLIC_URL, Client, json_of
from tests.fixtures.forged_provider import ForgedProvider

CALLBACK = "/workflows/authorization/callback"


async def begun(api: Client) -> str:
    """Begin a sign-in and return where it leads."""
    url: str = json_of(await api.post("/workflows/authorization"), 200)["url"]
    return url


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


async def answered(url: str, form: Mapping[str, str]) -> dict[str, str]:
    """Fill the provider's form in, and return the query with which it sends the browser back to us."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert (await browser.get(url)).status_code == 200
        location = (await browser.post(url, data=form)).headers["location"]
    assert location.startswith(PUBLIC_URL + CALLBACK + "?")
    return query_of(location)


async def came_back(api: Client, query: Mapping[str, str]) -> httpx.Response:
    """Come back from the provider, as anybody could: without a token."""
    return await api.anonymous().get(CALLBACK, params=query)


async def state_of(api: Client, forged: ForgedProvider) -> str:
    """Begin a sign-in at a forged provider, tell it the nonce, and return the state."""
    query = query_of(await begun(api))
    forged.nonce = query["nonce"]
    return query["state"]


async def signed_in(api: Client, subject: str = "ada") -> str:
    """Sign in as an account of the provider and return the id of the authorization."""
    page = await came_back(api, await answered(await begun(api), {"sub": subject}))
    assert page.status_code == 200, page.text
    listed = (await api.get("/workflows/authorization")).json()
    (found,) = (one["id"] for one in listed if one["user_id"] == subject)
    return str(found)
