"""The fixed words in the slot of the workflow's id."""

import httpx
import pytest

from app.http.paths import FIXED_WORDS
from tests.fixtures.api import Client, json_of


async def test_a_fixed_word_wins_over_the_id(probe: httpx.AsyncClient) -> None:
    assert (await probe.post("/workflows/validate")).json() == {"value": "validated"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_fixed_word_with_a_wrong_method_is_405(probe: httpx.AsyncClient, method: str) -> None:
    answer = await probe.request(method, "/workflows/validate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("word", sorted(set(FIXED_WORDS) - {"validate"}))
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_fixed_word_without_a_route_is_404(probe: httpx.AsyncClient, word: str, method: str) -> None:
    answer = await probe.request(method, f"/workflows/{word}")
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


@pytest.mark.parametrize("word", sorted(set(FIXED_WORDS) - {"runs"}))
async def test_a_fixed_word_is_no_id_of_a_longer_path_either(probe: httpx.AsyncClient, word: str) -> None:
    assert (await probe.get(f"/workflows/{word}/executions")).status_code == 404


@pytest.mark.parametrize(
    "name", ["validated", "runs2", "xvault", "Validate", "val", "validate.", "fl_01", "ü", "a b", "%"]
)
async def test_what_only_resembles_a_fixed_word_is_an_id(probe: httpx.AsyncClient, name: str) -> None:
    path = name.replace("%", "%25")
    assert (await probe.get(f"/workflows/{path}")).json() == {"value": f"workflow {name}"}
    assert (await probe.get(f"/workflows/{path}/executions")).json() == {"value": f"runs of {name}"}


async def test_allow_does_not_mix_the_word_with_the_id(probe: httpx.AsyncClient) -> None:
    assert (await probe.delete("/workflows/fl_1")).headers["allow"] == "GET, PUT"


async def test_a_run_named_like_a_fixed_word_is_a_run(probe: httpx.AsyncClient) -> None:
    assert (await probe.get("/workflows/runs/validate")).json() == {"value": "run validate"}


@pytest.mark.parametrize("path", ["logs/recent", "triggerable-workflows", "components"])
async def test_a_fixed_word_takes_no_other_method(api: Client, path: str) -> None:
    answer = await api.post(f"/workflows/{path}", json={})
    assert (json_of(answer, 405)["code"], answer.headers["allow"]) == ("method_not_allowed", "GET")
