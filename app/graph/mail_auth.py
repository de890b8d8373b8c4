"""What a mail server is sent in place of a user name and a password."""

import base64

from app.graph.ports import MailServer


def plain_credentials(server: MailServer) -> str:
    """Return what AUTH PLAIN sends. The other ways send the base64 of the single parts, or a digest."""
    parts = f"\0{server.username or ''}\0{server.password or ''}"
    return base64.b64encode(parts.encode("utf-8", "replace")).decode()
