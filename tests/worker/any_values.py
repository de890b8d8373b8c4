"""Values of which each digit, character and key could get lost on the way: known ones, and any other."""

from typing import Any

from hypothesis import strategies as st

NUMBERS: list[Any] = [
    *(0, 1, -1, 1.0, -1.0, 0.0, -0.0, 0.1, 0.1 + 0.2, 1 / 3, 1e-7, 1.5e-5, 1e16, 1e21, 1e22, 123456789.123456789),
    *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 100.0, 1e2),
    *(2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, -(2**63), 2**64 - 1),
]
TEXTS = [
    *("", " ", "\t\n\r\n", '"', "\\", "\\u0041", "\\n", "'", "</script>", "&amp;", "%41+%20"),
    *(
        "é",
        "e\u0301",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "שלום",
        "\u202eabc",
        "\u2028\u2029",
        "\ufeff",
        "\x7f\x01\x1f",
        "\ufffd",
        "\uffff",
        "\U0001d7d8",
    ),
    *("1", "1.0", "true", "null", "[]", "{}", '{"a": 1}', "NaN", "0x10", "2026-01-01", "{{ item }}", "{% raw %}", "{{"),
]
OTHERS: list[Any] = [
    *(
        None,
        True,
        False,
        [],
        {},
        [[]],
        [{}],
        {"": []},
        [None, [None]],
        {"b": 1, "a": 2, "": 3},
        {"a": {"a": {"a": []}}},
    ),
    *([1, 1.0, True, "1"], {"10": 1, "9": 2}, {"size": 5, "first": 6, "last": 7}, {"é": 1, "e\u0301": 2}),
]
KNOWN: list[Any] = [*NUMBERS, *TEXTS, *OTHERS]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
words = st.text(characters, max_size=12)
values = st.recursive(
    st.sampled_from(KNOWN)
    | st.integers(-(2**53), 2**53)
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=10,
)
lists = st.lists(values, min_size=1, max_size=40)
