"""Sizes: counted in bytes, written as a person reads them."""

MIB = 1024 * 1024


def size_of(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def in_words(size_bytes: int) -> str:
    """Return "1 MiB" for whole mebibytes, else "1,234 bytes"."""
    whole, rest = divmod(size_bytes, MIB)
    return f"{whole:,} MiB" if whole and not rest else f"{size_bytes:,} bytes"
