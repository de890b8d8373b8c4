"""Writes an .env file with fresh secrets, in the form that compose and a shell both read."""

import json
import secrets

from app.core.crypto import new_master_key

SECRET_BYTES = 32


def new_environment() -> str:
    """Return the file's text. Values stand in single quotes, so that nothing in them is replaced."""
    issuers = [{"issuer": "virga", "secret": secrets.token_urlsafe(48)}]
    values = {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(SECRET_BYTES),
        "REDIS_PASSWORD": secrets.token_urlsafe(SECRET_BYTES),
        "VIRGA_VAULT__KEYS": new_master_key("k1"),
        "VIRGA_AUTH__ISSUERS": json.dumps(issuers),
        "VIRGA_PUBLIC_URL": "http://127.0.0.1:8000",
    }
    heading = (
        "# Made by `virga init-env`. Keep it to yourself (chmod 600 .env): whoever reads it can read every secret.\n"
    )
    return heading + "".join(f"{name}='{value}'\n" for name, value in values.items())
