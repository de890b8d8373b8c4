"""Server-side request forgery: what a workflow's URL cannot reach, however it is written."""

import pytest

from app.graph.errors import PermanentError, TemporaryError
from app.outbound.addresses import operator_policy, workflow_policy
from tests.fixtures.target import Target, answer
from tests.unit.outbound.conftest import OpenClient, get

CLOSED = workflow_policy([])


async def refusal(client_of: OpenClient, url: str, **names: list[str]) -> str:
    with pytest.raises(PermanentError) as caught:
        await client_of(CLOSED, {name.replace("_", "."): found for name, found in names.items()}).call(get(url))
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:7f00:1]"])
async def test_a_literal_loopback_address_is_refused_without_a_connection(open_client: OpenClient, host: str) -> None:
    async with Target() as target:
        assert "are not allowed" in await refusal(open_client, target.url(host=host, scheme="https"))
        assert target.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "internal.example"])
async def test_a_name_is_judged_by_what_it_resolves_to(open_client: OpenClient, host: str) -> None:
    async with Target() as target:
        client = open_client(CLOSED, {host: ["127.0.0.1"]})
        with pytest.raises((PermanentError, TemporaryError)):
            await client.call(get(target.url(host=host, scheme="https")))
        assert target.connections == 0


async def test_the_refusal_says_the_same_whether_the_port_is_open_or_closed(open_client: OpenClient) -> None:
    async with Target() as target:
        opened = await refusal(open_client, target.url(scheme="https"))
    closed = await refusal(open_client, "https://127.0.0.1:1/")
    assert opened == closed


async def test_several_private_addresses_are_refused_like_one(open_client: OpenClient) -> None:
    said = await refusal(open_client, "https://inside.example/", inside_example=["127.0.0.1", "::1", "10.0.0.1"])
    assert "are not allowed" in said


async def test_plain_http_outside_the_allowed_ranges_is_refused_with_its_own_sentence(open_client: OpenClient) -> None:
    said = await refusal(open_client, "http://example.com/", example_com=["93.184.215.14"])
    assert said.startswith("http:// is allowed only")


async def test_plain_http_to_a_private_address_says_the_same_as_to_a_public_one(open_client: OpenClient) -> None:
    private = await refusal(open_client, "http://example.com/", example_com=["10.0.0.1"])
    public = await refusal(open_client, "http://example.com/", example_com=["93.184.215.14"])
    assert private == public


async def test_a_redirect_into_the_network_is_refused(open_client: OpenClient) -> None:
    async with Target(answer(b"", "Location: http://10.0.0.1/", status="302 Found")) as target:
        with pytest.raises(PermanentError, match="http:// is allowed only"):
            await open_client().call(get(target.url(), follow_redirects=True))


async def test_a_name_that_does_not_resolve_says_so(open_client: OpenClient) -> None:
    with pytest.raises(TemporaryError, match=r"^the name nowhere\.example could not be resolved$"):
        await open_client().call(get("https://nowhere.example/"))


async def test_a_pooled_connection_never_serves_a_client_with_another_policy(open_client: OpenClient) -> None:
    async with Target() as target:
        await open_client().call(get(target.url()))
        with pytest.raises(PermanentError):
            await open_client(CLOSED).call(get(target.url()))


async def test_an_operators_host_may_be_private(open_client: OpenClient) -> None:
    async with Target(answer(b"keys")) as target:
        client = open_client(operator_policy(), {"sso.internal": ["127.0.0.1"]})
        assert (await client.call(get(target.url(host="sso.internal")))).body == b"keys"


async def test_proxies_named_in_the_environment_are_ignored(
    open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Target(answer(b"direct")) as target, Target(answer(b"proxied")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("http_proxy", proxy.url())
        assert (await open_client().call(get(target.url()))).body == b"direct"
        assert proxy.connections == 0
