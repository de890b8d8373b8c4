"""What a token may do, read from whichever claim its issuer uses for it."""

from collections.abc import Mapping

from app.core.json import JsonValue

SCOPES = frozenset(
    {
        "workflows:read",
        "workflows:write",
        "workflows:execute",
        "vault:read",
        "vault:write",
        "authorizations:read",
        "authorizations:write",
        "audit:read",
    }
)
_CLAIMS = ("scope", "scp", "permissions")


def granted_scopes(claims: Mapping[str, JsonValue], default: frozenset[str]) -> frozenset[str]:
    """Return our words among all that the claims say; where there is none of ours, `default`.

    Raises `ValueError` for a claim that is neither a string nor a list of strings.
    """
    words = {word for claim in _CLAIMS if claim in claims for word in _words(claim, claims[claim])}
    return frozenset(words & SCOPES) or default


def _words(claim: str, value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise ValueError(f"its {claim} is neither a string nor a list of strings")
