"""Definitions as text: what is written is read back unchanged, and what is hostile or unclear is refused."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.cli.definitions.texts import MAX_FILE_BYTES, Format, UnreadableFileError, read, write
from app.core.json import dumps

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WORDS = ["yes", "No", "on", "null", "~", "", "1e3", "1_000", "0x1F", "017", "12:30", "2026-01-15", ".nan", "-.inf", "="]
MARKS = [
    "<<",
    "- a",
    "a: b",
    "#",
    "!tag",
    "&a",
    "*a",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    '"',
    "\\",
    "---",
    "...",
    "? x",
    "true",
]
BLANKS = [
    "  two\n lines\n",
    "\n",
    " ",
    "\t",
    "trailing \nspace",
    "\u2028",
    "\x85",
    "\ufeff",
    "\x07",
    "é\r\n",
    "😀",
    "a\rb",
]
TRICKY = st.sampled_from([*WORDS, *MARKS, *BLANKS, "9" * 30, "-0"])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT | TRICKY
KEYS = TEXT | TRICKY
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
FORMS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
FORMATS: list[Format] = ["json", "yaml"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


def values(folder: Path, text: str | bytes, name: str = "x.yaml") -> list[Any]:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [found.value for found in read(file)]


def refusal(folder: Path, text: str | bytes, name: str = "x.yaml") -> str:
    with pytest.raises(UnreadableFileError) as refused:
        values(folder, text, name)
    return str(refused.value)


@pytest.mark.parametrize("kind", FORMATS)
@given(forms=st.lists(FORMS, min_size=1, max_size=3))
def test_what_is_written_is_read_back_to_the_byte(folder: Path, kind: Format, forms: list[dict[str, Any]]) -> None:
    text = write(forms, kind, as_list=True)
    found = values(folder, text, f"x.{kind}")
    assert dumps(found) == dumps(forms)
    assert write(found, kind, as_list=True) == text
    assert text.endswith("\n")


@pytest.mark.parametrize("kind", FORMATS)
@given(form=FORMS)
def test_a_single_definition_is_no_list(folder: Path, kind: Format, form: dict[str, Any]) -> None:
    text = write([form], kind, as_list=False)
    assert not text.startswith(("[", "---"))
    assert dumps(values(folder, text, f"x.{kind}")) == dumps([form])


@given(form=FORMS)
def test_what_is_written_means_the_same_to_other_readers(form: dict[str, Any]) -> None:
    assert yaml.safe_load(write([form], "yaml", as_list=False)) == form


def test_the_order_of_keys_is_kept(folder: Path) -> None:
    form: dict[str, Any] = {"b": 1, "a": {"z": [], "y": {}}}
    for kind in FORMATS:
        assert dumps(values(folder, write([form], kind, as_list=False), f"x.{kind}")) == dumps([form])


def test_lines_of_a_text_stay_lines() -> None:
    assert write([{"template": "a\nb\n"}], "yaml", as_list=False) == "template: |\n  a\n  b\n"


def test_the_same_object_twice_is_written_out_twice() -> None:
    shared: dict[str, Any] = {"a": 1}
    assert "&" not in write([{"x": shared, "y": shared}], "yaml", as_list=False)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "12:30", "0x1F", "017", "+1", "1_000", "True", "NULL"])
def test_a_plain_word_is_a_text(folder: Path, word: str) -> None:
    assert values(folder, f"a: {word}") == [{"a": word}]


@pytest.mark.parametrize(
    ("plain", "value"), [("true", True), ("null", None), ("", None), ("-7", -7), ("1.5e3", 1500.0), ("'7'", "7")]
)
def test_what_json_writes_without_quotes_is_read_so(folder: Path, plain: str, value: object) -> None:
    assert dumps(values(folder, f"a: {plain}")) == dumps([{"a": value}])


@pytest.mark.parametrize("text", ["a: 1\n---\na: 2\n", "- a: 1\n- a: 2\n", "---\n- a: 1\n---\na: 2\n"])
def test_documents_and_lists_are_read_alike(folder: Path, text: str) -> None:
    assert values(folder, text) == [{"a": 1}, {"a": 2}]


def test_each_definition_says_where_it_stands(folder: Path) -> None:
    file = folder / "many.json"
    file.write_text('[{"a": 1}, {"a": 2}]')
    assert [found.place for found in read(file)] == [f"{file}[0]", f"{file}[1]"]


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a Python object": ("a: !!python/object/apply:os.system [ls]", "the tag tag:yaml.org,2002:python/object"),
    "a tag of its own": ("a: !secret x", "the tag !secret"),
    "even a harmless tag": ("a: !!str x", "the tag tag:yaml.org,2002:str"),
    "a binary": ("a: !!binary aGk=", "the tag tag:yaml.org,2002:binary"),
    "a set": ("a: !!set {b}", "the tag tag:yaml.org,2002:set"),
    "an anchor": ("a: &x 1", "the anchor or alias x"),
    "an alias": ("a: &x [1]\nb: *x", "the anchor or alias x"),
    "a date": ("a: 1\nb: 2026-01-15", "2026-01-15, which others take for a date: put it in quotes, line 2"),
    "a time": ("a: 2026-01-15 10:00:00", "which others take for a date"),
    "no number": ("a: .nan", "JSON has no number for"),
    "an infinity": ("a: -.Inf", "JSON has no number for"),
    "a number past all numbers": ("a: 1e999", "a number that is too large"),
    "an integer past 64 bits": (f"a: {2**64}", "64 bits"),
    "an endless integer": ("a: " + "9" * 100_000, "64 bits"),
    "a number as a key": ("1: a", "a key that is no text"),
    "a list as a key": ("? [a]\n: b", "a key that is no text"),
    "a mapping as a key": ("{{a: b}: c}", "a key that is no text"),
    "nothing as a key": ("~: b", "a key that is no text"),
    "a key twice": ("a: 1\na: 2", 'the key "a" twice, line 2'),
    "a NUL": ('a: "\\0"', "NUL"),
    "half a pair": ('a: "\\ud800"', "valid"),
    "deep lists": ("[" * 5_000, "nesting"),
    "not so deep lists": ("[" * 101 + "]" * 101, "100 levels of nesting"),
    "deep mappings": ("{a: " * 5_000, "nesting"),
    "a tab where there are blanks": ("a:\n\tb: 1", "is not valid YAML"),
    "an end that is missing": ("a: [1", "is not valid YAML"),
    "no text": (b"\xff\xfe\xfa", "UTF-8"),
    "a control character": ("a: \x07", "is not valid YAML"),
    "nothing": ("", "has no workflow"),
    "an empty list": ("[]", "has no workflow"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_yaml_is_refused_with(folder: Path, what: str) -> None:
    text, sentence = REFUSED[what]
    assert sentence in refusal(folder, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not valid JSON"),
        ("[1e999]", "too large"),
        ("[NaN]", "NaN is not a JSON number"),
        ('["\\ud800"]', "surrogate"),
        ('["\\u0000"]', "NUL"),
        ("[" * 5_000, "100 levels"),
        ("", "not valid JSON"),
        (b"\xff", "UTF-8"),
        ("[]", "has no workflow"),
    ],
)
def test_json_is_refused_with_a_sentence(folder: Path, text: str | bytes, sentence: str) -> None:
    assert sentence in refusal(folder, text, "x.json")


def test_a_bomb_of_aliases_costs_nothing(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    started = time.monotonic()
    assert "anchor or alias a0" in refusal(folder, "\n".join(lines))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("name", ["x.json", "x.yaml"])
def test_a_file_that_is_too_large_is_not_read(folder: Path, name: str) -> None:
    assert f"larger than {MAX_FILE_BYTES} bytes" in refusal(folder, b" " * (MAX_FILE_BYTES + 1), name)


@pytest.mark.parametrize("name", ["x", "x.txt", "x.json.bak"])
def test_a_file_of_another_kind_is_not_guessed_at(folder: Path, name: str) -> None:
    assert refusal(folder, "{}", name) == "its name must end in .json, .yaml, .yml"


def test_a_file_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(UnreadableFileError, match="it cannot be read: No such file or directory"):
        read(folder / "none.yaml")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(folder: Path, text: str) -> None:
    for name in ("any.yaml", "any.json"):
        with suppress(UnreadableFileError):
            dumps(values(folder, text, name))
