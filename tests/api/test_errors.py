"""Every error has one shape, whatever went wrong."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.probe import BODY_BYTES, PUBLIC_URL, Observed

JSON = {"content-type": "application/json"}


def expect(answer: httpx.Response, status: int, kind: str, code: str) -> dict[str, object]:
    """Check the shape and return the body."""
    body: dict[str, object] = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert (body["type"], body["code"]) == (kind, code)
    assert body["doc_url"] == f"{PUBLIC_URL}/docs/errors#{code}"
    assert isinstance(body["message"], str)
    return body


async def test_an_unknown_route_is_404(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.get("/nowhere"), 404, "not_found_error", "route_not_found")
    assert body["message"] == "There is no route GET /nowhere."


async def test_a_slash_at_the_end_is_another_route(probe: httpx.AsyncClient) -> None:
    expect(await probe.get("/things/"), 404, "not_found_error", "route_not_found")


async def test_a_wrong_method_names_all_that_the_path_has(probe: httpx.AsyncClient) -> None:
    answer = await probe.delete("/things")
    expect(answer, 405, "invalid_request_error", "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


async def test_malformed_json_is_400_and_says_where(probe: httpx.AsyncClient) -> None:
    body = expect(
        await probe.post("/things", content=b'{"name": ', headers=JSON), 400, "invalid_request_error", "malformed_json"
    )
    assert body["message"] == "The body is not valid JSON: expecting value at line 1, column 10."


async def test_every_fault_is_named_at_once(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", json={"name": "far too long a name", "parts": [1, "x", []]})
    body = expect(answer, 422, "invalid_request_error", "parameter_invalid")
    assert [fault["path"] for fault in body["errors"]] == ["name", "parts[1]", "parts[2]"]  # type: ignore[attr-defined] # JSON


async def test_a_missing_field_has_a_code_of_its_own(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.post("/things", json={}), 422, "invalid_request_error", "parameter_missing")
    assert body["errors"] == [{"path": "name", "message": "is required"}]
    assert body["message"] == "name: is required."


async def test_what_must_be_an_object_is_told_in_the_words_of_json(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.post("/things", json=[]), 422, "invalid_request_error", "parameter_invalid")
    assert body["message"] == "body: must be an object."


async def test_a_missing_body_is_a_missing_parameter(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.post("/things"), 422, "invalid_request_error", "parameter_missing")
    assert body["message"] == "body: is required."


async def test_a_wrong_query_parameter_is_named(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.get("/things?limit=0"), 422, "invalid_request_error", "parameter_invalid")
    assert body["errors"] == [{"path": "limit", "message": "must be at least 1"}]


async def test_faults_carry_their_node(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.get("/fails/faults"), 422, "invalid_request_error", "parameter_invalid")
    assert body["errors"] == [{"path": "a", "message": "one", "node_id": "n1"}, {"path": "b", "message": "two"}]


async def test_an_error_may_say_more(probe: httpx.AsyncClient) -> None:
    body = expect(await probe.get("/fails/conflict"), 409, "conflict_error", "conflict")
    assert body["run_id"] == "fl_run_1"
    assert "errors" not in body


async def test_a_fault_of_ours_shows_a_request_id_and_nothing_else(probe: httpx.AsyncClient) -> None:
    answer = await probe.get("/fails/bug")
    body = expect(answer, 500, "api_error", "internal_error")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


async def test_an_outage_of_the_database_is_503(probe: httpx.AsyncClient) -> None:
    answer = await probe.get("/fails/outage")
    expect(answer, 503, "api_error", "unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_a_body_announced_as_too_large_is_refused(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", content=b"x" * (BODY_BYTES + 1), headers=JSON)
    expect(answer, 413, "invalid_request_error", "body_too_large")


async def test_a_body_that_grows_too_large_unannounced_is_refused(probe: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1_000

    expect(await probe.post("/things", content=pieces(), headers=JSON), 413, "invalid_request_error", "body_too_large")


async def test_a_body_of_exactly_the_limit_is_read(probe: httpx.AsyncClient) -> None:
    body = b'{"name": "a"}'.ljust(BODY_BYTES)
    assert (await probe.post("/things", content=body, headers=JSON)).status_code == 200


async def test_a_content_length_of_five_thousand_digits_is_refused(probe: httpx.AsyncClient) -> None:
    answer = await probe.post("/things", content=b"{}", headers={**JSON, "content-length": "9" * 5_000})
    expect(answer, 413, "invalid_request_error", "body_too_large")


@pytest.mark.parametrize("path", ["/things", "/nowhere", "/fails/bug", "/docs"])
async def test_every_answer_has_a_request_id(probe: httpx.AsyncClient, path: str) -> None:
    answer = await probe.get(path)
    assert len(answer.headers["x-request-id"]) == 16
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_requests_are_observed_by_route_and_never_by_path(probe: httpx.AsyncClient, observed: Observed) -> None:
    await probe.get("/workflows/fl_secret")
    await probe.get("/nowhere")
    await probe.get("/fails/bug")
    assert observed.seen == [
        ("GET", "/workflows/{workflowId}", 200),
        ("GET", "unmatched", 404),
        ("GET", "/fails/{how}", 500),
    ]
