"""The table of issuers, built once from the settings; what would let strangers in refuses the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.auth.key_sets import JwkSet, KeySource, SharedSecret, from_file, over_http
from app.auth.keys import UnusableKeyError, hmac_key, read_jwks
from app.core.clock import Clock
from app.core.config import IssuerSettings
from app.core.errors import SetupError
from app.graph.ports import Http


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are accepted, and what they must say."""

    name: str | None  # None: tokens whose `iss` is nobody else's, or missing
    audience: str | None
    algorithms: frozenset[str]
    keys: KeySource


Issuers = Mapping[str | None, Issuer]


def build_issuers(settings: Sequence[IssuerSettings], http: Http, clock: Clock) -> Issuers:
    """Return the issuers by name. Raises `SetupError` with the setting at fault."""
    if not settings:
        raise SetupError("VIRGA_AUTH__ISSUERS is empty: without an issuer nobody could call the API.")
    issuers = {given.issuer: _build(given, http, clock) for given in settings}
    if len(issuers) < len(settings):
        raise SetupError("VIRGA_AUTH__ISSUERS names an issuer twice; each may appear once.")
    return issuers


def _build(given: IssuerSettings, http: Http, clock: Clock) -> Issuer:
    sources = [given.secret, given.jwks_url, given.jwks_file]
    if sum(source is not None for source in sources) != 1:
        raise _refused(given, "needs exactly one of secret, jwks_url and jwks_file")
    keys = _shared_secret(given) if given.secret is not None else _jwk_set(given, http, clock)
    return Issuer(given.issuer, given.audience, frozenset(given.algorithms), keys)


def _shared_secret(given: IssuerSettings) -> KeySource:
    if set(given.algorithms) != {"HS256"}:
        raise _refused(given, "has a secret, so its algorithms can only be HS256")
    try:
        return SharedSecret(hmac_key(given.secret.get_secret_value() if given.secret else ""))
    except UnusableKeyError as error:
        raise _refused(given, f"has a secret that {error}") from None


def _jwk_set(given: IssuerSettings, http: Http, clock: Clock) -> KeySource:
    if not given.issuer or not given.audience:
        raise _refused(given, "has a JWKS, so it must name both issuer and audience")
    if not given.algorithms or "HS256" in given.algorithms:
        raise _refused(given, "has a JWKS, so its algorithms must be RS256, ES256 or both")
    if given.jwks_file is not None:
        try:
            read_jwks(given.jwks_file.read_bytes(), given.algorithms)
        except (UnusableKeyError, OSError) as error:
            raise _refused(given, f"has a jwks_file that cannot be used: {error}") from None
        return JwkSet(given.issuer, from_file(given.jwks_file), given.algorithms, clock)
    url = given.jwks_url or ""
    if not url.startswith(("https://", "http://")):
        raise _refused(given, "has a jwks_url that does not start with https:// or http://")
    return JwkSet(given.issuer, over_http(http, url), given.algorithms, clock)


def _refused(given: IssuerSettings, fault: str) -> SetupError:
    return SetupError(f'VIRGA_AUTH__ISSUERS: the issuer "{given.issuer or "(unnamed)"}" {fault}.')
