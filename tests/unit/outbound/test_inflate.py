"""Compressed answers: every form that servers send, and the ones that attackers send."""

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound.inflate import InflateError, inflate

LIMIT = 100_000


def raw_deflate(plain: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(plain) + stream.flush()


@given(st.binary(max_size=500))
def test_every_form_gives_back_the_plain_bytes(plain: bytes) -> None:
    assert inflate(gzip.compress(plain), "gzip", LIMIT) == plain
    assert inflate(zlib.compress(plain), "deflate", LIMIT) == plain
    assert inflate(raw_deflate(plain), "Deflate", LIMIT) == plain


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "gzip, deflate", "x-gzip"]))
def test_any_bytes_inflate_or_are_an_error(body: bytes, encoding: str) -> None:
    with contextlib.suppress(InflateError):
        assert len(inflate(body, encoding, LIMIT)) <= LIMIT


def test_gzip_members_in_a_row_are_one_answer() -> None:
    assert inflate(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", LIMIT) == b"one two"


def test_padding_after_the_end_is_ignored() -> None:
    assert inflate(gzip.compress(b"x") + b"\0" * 8, "gzip", LIMIT) == b"x"


def test_layers_are_undone_from_the_outside() -> None:
    assert inflate(gzip.compress(zlib.compress(b"x")), "deflate, gzip", LIMIT) == b"x"


@pytest.mark.parametrize("encoding", ["", "identity", "br", "gzip, br"])
def test_an_encoding_that_was_not_asked_for_is_left_alone(encoding: str) -> None:
    assert inflate(b"as it came", encoding, LIMIT) == b"as it came"


def test_a_layer_with_nothing_in_it_is_damaged() -> None:
    with pytest.raises(InflateError, match="damaged"):
        inflate(gzip.compress(b""), "gzip, gzip", LIMIT)


def test_an_empty_answer_with_an_encoding_is_empty() -> None:
    assert inflate(b"", "gzip", LIMIT) == b""


def test_exactly_the_limit_is_accepted() -> None:
    assert len(inflate(gzip.compress(b"0" * LIMIT), "gzip", LIMIT)) == LIMIT


def test_one_byte_past_the_limit_is_refused() -> None:
    with pytest.raises(InflateError, match="too large once decompressed"):
        inflate(gzip.compress(b"0" * (LIMIT + 1)), "gzip", LIMIT)


def test_the_limit_counts_all_members_together() -> None:
    with pytest.raises(InflateError, match="too large"):
        inflate(gzip.compress(b"0" * (LIMIT - 1)) * 2, "gzip", LIMIT)


def test_a_bomb_in_a_bomb_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(b"0" * 50_000_000))
    with pytest.raises(InflateError, match="too large"):
        inflate(bomb, "gzip, gzip", LIMIT)


def test_thousands_of_tiny_members_are_refused() -> None:
    with pytest.raises(InflateError, match="too many pieces"):
        inflate(gzip.compress(b"") * 5_000, "gzip", LIMIT)


def test_too_many_layers_are_refused() -> None:
    with pytest.raises(InflateError, match="too many times"):
        inflate(b"x", "gzip, gzip, gzip, gzip", LIMIT)


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_stream_cut_short_is_damaged(cut: int) -> None:
    with pytest.raises(InflateError, match="damaged"):
        inflate(gzip.compress(b"hello world")[:-cut], "gzip", LIMIT)
