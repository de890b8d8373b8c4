"""The results of commands fit into a step's output, whatever they print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonObject, dumps
from app.graph.errors import PermanentError
from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import RESERVED_BYTES, CommandEnd, Printed, SshReport

TOO_MUCH = "it printed more than there is room for in the step's output"
ROOM = 1_000


def result(stdout: str, exit_code: int | None = 0) -> JsonObject:
    return {"command": "ls", "stdout": stdout, "stderr": "", "exit_code": exit_code}


async def ran(report: SshReport, stdout: bytes, end: CommandEnd | None = None) -> None:
    report.begin("ls").take(stdout, is_error=False)
    await report.end(end or CommandEnd(0))


async def too_much(report: SshReport, stdout: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        await ran(report, stdout)
    assert caught.value.message == TOO_MUCH


def test_both_streams_share_what_may_be_printed() -> None:
    printed = Printed(10)
    printed.take(b"12345", is_error=False)
    printed.take(b"67890", is_error=True)
    assert not printed.is_too_much

    printed.take(b"x", is_error=True)
    printed.take(b"y" * 100, is_error=False)
    assert printed.is_too_much
    assert (printed.stdout, printed.stderr) == (b"12345", b"67890")


@pytest.mark.parametrize(
    ("end", "is_failure", "said"),
    [
        (CommandEnd(0), False, "ended with exit code 0"),
        (CommandEnd(1), True, "ended with exit code 1"),
        (CommandEnd(signal="KILL"), True, "was ended by the signal KILL"),
        (CommandEnd(), False, "ended with exit code None"),
    ],
)
def test_a_command_fails_by_its_exit_code_or_a_signal(end: CommandEnd, is_failure: bool, said: str) -> None:  # noqa: FBT001 -- a row of the table
    assert (end.is_failure, str(end)) == (is_failure, said)


async def test_results_stand_in_the_order_of_the_commands() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    assert report.under_way is None
    await ran(report, b"a")
    report.begin("ls")
    assert report.under_way == 1
    await report.end(CommandEnd(2))

    assert await report.output() == {"results": [result("a"), result("", 2)]}


async def test_a_signal_is_shown() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    await ran(report, b"", CommandEnd(signal="TERM"))

    assert await report.output() == {"results": [{**result("", None), "signal": "TERM"}]}


async def test_the_hosts_key_is_shown_as_it_can_be_given() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    report.host_key = HostKey("SHA256:x", "ssh-ed25519 AAAA")
    shown = {"fingerprint": "SHA256:x", "public_key": "ssh-ed25519 AAAA"}

    assert await report.output() == {"results": [], "host_key": shown}


async def test_a_command_that_was_cut_off_is_shown_with_what_it_had_printed() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    report.begin("ls").take(b"Password:", is_error=False)

    assert await report.output() == {"results": [result("Password:", None)]}
    assert await report.output() == {"results": [result("Password:", None)]}


async def test_what_is_no_text_is_repaired() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    await ran(report, b"\xff\xc3\xa4\0\xed\xa0\x80")

    assert await report.output() == {"results": [result("\ufffdä\ufffd\ufffd\ufffd\ufffd")]}


async def test_a_command_that_prints_too_much_is_not_kept() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    await ran(report, b"a")
    await too_much(report, b"x" * ROOM)

    assert report.under_way == 1
    assert await report.output() == {"results": [result("a")]}


async def test_what_takes_more_room_as_json_than_as_bytes_counts_as_that() -> None:
    report = SshReport(RESERVED_BYTES + ROOM)
    await too_much(report, b"\x01" * (ROOM // 4))

    assert await report.output() == {"results": []}


async def test_a_step_without_room_fails_with_its_first_command() -> None:
    await too_much(SshReport(100), b"")


@given(
    st.lists(st.tuples(st.binary(max_size=400), st.binary(max_size=400), st.none() | st.integers(0, 255)), max_size=5)
)
async def test_the_output_is_never_larger_than_its_limit(commands: list[tuple[bytes, bytes, int | None]]) -> None:
    limit = RESERVED_BYTES + ROOM
    report = SshReport(limit)
    try:
        for stdout, stderr, exit_code in commands:
            printed = report.begin("ü")
            printed.take(stdout, is_error=False)
            printed.take(stderr, is_error=True)
            await report.end(CommandEnd(exit_code))
    except PermanentError as error:
        assert error.message == TOO_MUCH  # noqa: PT017 -- only some of the cases raise
    assert len(dumps(await report.output()).encode()) <= limit - RESERVED_BYTES + len('{"results":[]}')
