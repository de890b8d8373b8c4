import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, TemporaryError
from app.graph.outcome import Failure, Success
from app.graph.ports import SoapCall, SoapToken
from tests.factories.noting import NotingSoap
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of

WSDL = "https://example.com/orders?wsdl"
GIVEN: dict[str, JsonValue] = {"wsdl": WSDL, "operation": "Get"}


def ctx_of(soap: NotingSoap, **roots: JsonValue) -> StepContext:
    return StepContext(roots, soap=soap, vault={"user": "ada", "word": "secret-word"})


async def made(settings: dict[str, JsonValue], **roots: JsonValue) -> SoapCall:
    soap = NotingSoap()
    outcome = await outcome_of("soap", settings, ctx_of(soap, **roots))
    assert isinstance(outcome, Success), outcome
    [call] = soap.calls
    return call


@pytest.mark.parametrize("body", [None, 3, "text", {"total": "12.50"}, [1]])
async def test_what_the_service_answers_is_put_out(body: JsonValue) -> None:
    assert await outcome_of("soap", GIVEN, ctx_of(NotingSoap(body))) == Success({"body": body})


async def test_a_call_is_made_of_the_settings() -> None:
    settings: dict[str, JsonValue] = {
        "wsdl": " {{ n1.wsdl }} ",
        "operation": "{{ n1.verb }}Order",
        "payload": {"number": "{{ n1.number }}", "lines": ["{{ n1.number }}!"]},
    }

    call = await made(settings, n1={"wsdl": WSDL, "verb": "Get", "number": 7})

    assert call == SoapCall(
        wsdl=WSDL,
        operation="GetOrder",
        payload={"number": 7, "lines": ["7!"]},
        credentials=None,
        token=None,
        idempotency_key="fl_run_1::n1",
        timeout_seconds=30,
        max_bytes=4 * 1_048_576,
    )


@pytest.mark.parametrize("payload", [{}, None, "{{ n1.missing }}"])
async def test_an_operation_may_have_no_parameters(payload: JsonValue) -> None:
    assert (await made({**GIVEN, "payload": payload}, n1={})).payload == {}
    assert (await made(GIVEN)).payload == {}


@pytest.mark.parametrize(
    ("auth", "credentials", "token"),
    [
        (
            {"type": "basic", "username": "{{ vault.user }}", "password": "{{ vault.word }}"},
            ("Authorization", "Basic YWRhOnNlY3JldC13b3Jk"),
            None,
        ),
        ({"type": "bearer", "token": "{{ vault.word }}"}, ("Authorization", "Bearer secret-word"), None),
        ({"type": "header", "name": "X-Key", "value": "{{ vault.word }}"}, ("X-Key", "secret-word"), None),
        (
            {"type": "wsse", "username": "{{ vault.user }}", "password": "{{ vault.word }}"},
            None,
            SoapToken("ada", "secret-word"),
        ),
        (
            {"type": "wsse", "username": "ada", "password": "{{ vault.word }}", "digest": True},
            None,
            SoapToken("ada", "secret-word", digest=True),
        ),
    ],
)
async def test_credentials_come_from_the_vault(
    auth: JsonValue, credentials: tuple[str, str] | None, token: SoapToken | None
) -> None:
    call = await made({**GIVEN, "auth": auth})

    assert (call.credentials, call.token) == (credentials, token)


def test_a_password_does_not_show_itself() -> None:
    assert "secret-word" not in repr(SoapToken("ada", "secret-word"))


@pytest.mark.parametrize("kind", [TemporaryError, PermanentError])
async def test_a_fault_is_a_failure_with_all_that_it_says(kind: type[TemporaryError | PermanentError]) -> None:
    output: JsonObject = {"fault": {"code": "Client", "message": "No", "detail": None}}
    soap = NotingSoap(kind("the service answered with a fault: No", output))

    with pytest.raises(kind) as failed:
        await action("soap", GIVEN).run(ctx_of(soap))

    assert (failed.value.message, failed.value.output) == (
        "SOAP call failed: the service answered with a fault: No",
        output,
    )


NOT_SECURE = "The URL must start with https:// or http://."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("wsdl", "", "The URL is empty; it should look like https://example.com/path."),
        ("wsdl", "example.com/wsdl", NOT_SECURE),
        ("wsdl", "file:///etc/passwd", NOT_SECURE),
        ("wsdl", "<" + "x" * 1_000_000, "The WSDL has 1000001 characters; it may have 1000000."),
        ("operation", " ", "The operation has no name."),
        ("payload", [1], '"payload" must be an object; it is a list.'),
        ("payload", "text", '"payload" must be an object; it is the text "text".'),
    ],
)
async def test_what_cannot_be_called_is_refused_when_saved_and_while_running(
    name: str, value: JsonValue, message: str
) -> None:
    assert faults("soap", {**GIVEN, name: value}) == {name: message}
    assert await failure_of("soap", {**GIVEN, name: "{{ n1 }}"}, n1=value) == f"SOAP call failed: {message}"


def test_a_wsdl_may_be_a_text() -> None:
    action("soap", {**GIVEN, "wsdl": "<definitions/>"})


async def test_an_item_of_the_vault_is_not_read_for_the_payload() -> None:
    call = await made({**GIVEN, "payload": {"a": "{{ vault.word }}"}})

    assert call.payload == {"a": None}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"wsdl": '"wsdl" is required.', "operation": '"operation" is required.'}),
        ({**GIVEN, "auth": {"type": "x"}}, {"auth": None}),
        ({**GIVEN, "auth": {"type": "wsse"}}, {"auth.username": None, "auth.password": None}),
        ({**GIVEN, "auth": {"type": "basic", "username": "a:b", "password": "x"}}, {"auth.username": None}),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str | None]) -> None:
    found = faults("soap", settings)

    assert found.keys() == expected.keys()
    assert all(message is None or found[name] == message for name, message in expected.items())


def test_a_call_is_an_effect() -> None:
    assert action("soap", GIVEN).has_effect


async def test_a_failure_of_the_way_out_is_one_of_the_step() -> None:
    outcome = await outcome_of("soap", GIVEN, ctx_of(NotingSoap(PermanentError("could not connect to x"))))

    assert outcome == Failure("SOAP call failed: could not connect to x")
