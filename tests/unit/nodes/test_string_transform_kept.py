"""What a text is made for that the vault keeps: its name is put out, and nothing else of it."""

import pytest

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.outcome import Failure, Success
from tests.factories.noting import NotedVault
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of


async def made(vault: NotedVault, *operations: JsonValue, **changes: JsonValue) -> JsonObject:
    given: dict[str, JsonValue] = {"operations": operations, "store_as": "door code", **changes}
    outcome = await outcome_of("string_transform", given, StepContext({"n1": {"site": "Oslo"}}, vault_writer=vault))
    assert isinstance(outcome, Success), outcome
    return outcome.output


@pytest.mark.parametrize("operation", ["random", "uuid", "password"])
async def test_a_random_text_is_kept_and_only_its_name_put_out(operation: str) -> None:
    vault = NotedVault()

    output = await made(vault, operation, store_as="door {{ n1.site }}")

    assert output == {"stored_as": "door Oslo"}
    assert vault.kept.keys() == {"door Oslo"}
    assert len(vault.kept["door Oslo"]) >= 16


async def test_what_the_last_operation_makes_is_what_is_kept() -> None:
    vault = NotedVault()

    await made(vault, "trim", "upper", input=" {{ n1.site }} ")

    assert vault.kept == {"door code": "OSLO"}


async def test_another_attempt_leaves_what_an_earlier_one_has_kept() -> None:
    vault = NotedVault({"door code": "of the first"})

    assert await made(vault, "password") == {"stored_as": "door code"}
    assert vault.kept == {"door code": "of the first"}


async def test_a_name_that_is_taken_fails_the_step() -> None:
    ctx = StepContext(vault_writer=NotedVault(taken=["door code"]))

    outcome = await outcome_of("string_transform", {"operations": ["password"], "store_as": "door code"}, ctx)

    assert outcome == Failure("door code is taken")


@pytest.mark.parametrize(
    ("given", "operations", "made"),
    [
        ("a,b", ["split"], "The vault keeps a text; the operations made a list."),
        ("abc", ["length"], "The vault keeps a text; the operations made a number."),
        ("abc", [{"operation": "regex_extract", "pattern": "x"}], "The vault keeps a text; the operations made null."),
        ({"a": 1}, [], "The vault keeps a text; the operations made an object."),
        (" ", ["trim"], "The vault keeps a text of 1 to 2,000 characters; the operations made 0."),
        ("x" * 2_001, ["lower"], "The vault keeps a text of 1 to 2,000 characters; the operations made 2,001."),
    ],
)
async def test_what_the_vault_cannot_keep_fails_the_step_and_shows_nowhere(
    given: JsonValue, operations: list[JsonValue], made: str
) -> None:
    vault = NotedVault()
    tried: JsonObject = {"input": given, "operations": operations, "store_as": "door code"}

    outcome = await outcome_of("string_transform", tried, StepContext(vault_writer=vault))

    assert (outcome, vault.kept) == (Failure(made), {})


@pytest.mark.parametrize("text", ["x", "x" * 2_000])
async def test_as_much_as_the_vault_takes_is_kept(text: str) -> None:
    vault = NotedVault()

    output = await made(vault, "lower", input=text)

    assert vault.kept == {"door code": text}
    assert dumps(output) == '{"stored_as":"door code"}'


async def test_a_name_that_the_vault_refuses_is_refused_when_saved_or_fails_the_step_before_it_keeps_anything() -> None:
    message = "A name in the vault has 3 to 50 characters; this one has 2."
    given: JsonObject = {"operations": ["password"], "store_as": "ab"}

    assert faults("string_transform", given) == {"store_as": message}
    assert await failure_of("string_transform", {**given, "store_as": "{{ n1 }}"}, n1="ab") == message


def test_an_empty_name_is_not_taken_for_none() -> None:
    assert faults("string_transform", {"operations": ["password"], "store_as": ""}) == {
        "store_as": "A name in the vault has 3 to 50 characters; this one has 0."
    }


@pytest.mark.parametrize(
    ("more", "has_effect"), [({}, False), ({"store_as": None}, False), ({"store_as": "door code"}, True)]
)
def test_only_keeping_is_an_effect(more: dict[str, JsonValue], *, has_effect: bool) -> None:
    node = action("string_transform", {"operations": ["password"], **more})
    assert (node.has_effect, node.parks) == (has_effect, False)
