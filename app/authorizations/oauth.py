"""What a client of OAuth sends, as authlib writes it. Loaded where the operator has named a provider, not elsewhere."""

from collections.abc import Mapping, Sequence

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7009 import prepare_revoke_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge


def sign_in_url(
    endpoint: str, client_id: str, scopes: Sequence[str], verifier: str, parameters: Mapping[str, str | None]
) -> str:
    """Return where a user signs in for an authorization code."""
    url: str = prepare_grant_uri(
        endpoint,
        client_id,
        "code",
        scope=scopes,
        code_challenge=create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call] # its stub has no types
        code_challenge_method="S256",
        **parameters,
    )
    return url


def token_form(grant_type: str, **parameters: str) -> str:
    """Return the form that trades a code or a refresh token for tokens."""
    form: str = prepare_token_request(grant_type, **parameters)
    return form


def revocation_form(token: str) -> str:
    """Return the form that gives a token back (RFC 7009)."""
    form: str
    form, _ = prepare_revoke_token_request(token)
    return form


def signed(
    client: tuple[str, str | None, str], url: str, headers: Mapping[str, str], form: str
) -> tuple[str, Mapping[str, str], str]:
    """Return URL, headers and form with the credentials of a client: its id, its secret, how it authenticates."""
    signed: tuple[str, Mapping[str, str], str] = ClientAuth(*client).prepare("POST", url, dict(headers), form)  # type: ignore[no-untyped-call] # the same
    return signed
