"""What the browser shows at the end of a sign-in."""

import html
from dataclasses import dataclass

from app.authorizations.completion import SignInError
from app.authorizations.identity import Identity


@dataclass(frozen=True, slots=True)
class Shown:
    """A page's title, its HTML, and the status it comes with."""

    title: str
    body: str
    status: int


def signed_in(identity: Identity) -> Shown:
    name = html.escape(identity.email or identity.subject)
    body = f"<h1>Signed in</h1><p>Workflows can now act as <strong>{name}</strong>. You can close this page.</p>"
    return Shown("Signed in", body, 200)


def not_signed_in(error: SignInError) -> Shown:
    return Shown("Not signed in", f"<h1>Not signed in</h1><p>{html.escape(error.message)}</p>", error.status)
