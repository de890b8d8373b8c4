"""`virga token`: what it signs, with which secret, and that it prints nothing else."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from jose import jwt

from app.embedded.credentials import TOKEN_SECRET, ensure_secrets
from tests.fixtures.serving import clean_environment


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    ensure_secrets(tmp_path / "secrets", data=tmp_path / "postgres")
    return tmp_path


def _virga(arguments: Sequence[str | Path], **settings: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(settings), check=False)


def _claims(token: str, secret: str, audience: str | None = None) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, secret, algorithms=["HS256"], audience=audience)
    return claims


def test_it_prints_one_token_and_nothing_else(data_dir: Path) -> None:
    done = _virga(["token", "--data-dir", data_dir])
    assert (done.returncode, done.stderr, done.stdout.count("\n"), done.stdout.count(".")) == (0, "", 1, 2)


def test_it_carries_what_was_asked(data_dir: Path) -> None:
    options = ["--sub", "ada", "--org", "acme", "--scope", "workflows:read", "--scope", "vault:read", "--ttl", "60"]
    token = _virga(["token", *options, "--data-dir", data_dir]).stdout.strip()
    claims = _claims(token, (data_dir / "secrets" / TOKEN_SECRET).read_text().strip())
    lifetime = int(str(claims.pop("exp"))) - int(str(claims.pop("iat")))
    assert lifetime == 60
    assert claims == {"iss": "virga", "sub": "ada", "org_id": "acme", "scope": "workflows:read vault:read"}


def test_without_options_it_is_mine_for_a_day_with_the_default_scopes(data_dir: Path) -> None:
    token = _virga(["token", "--data-dir", data_dir]).stdout.strip()
    claims = _claims(token, (data_dir / "secrets" / TOKEN_SECRET).read_text().strip())
    lifetime = int(str(claims.pop("exp"))) - int(str(claims.pop("iat")))
    assert lifetime == 86_400
    assert claims == {"iss": "virga", "sub": "me", "org_id": "default"}


def test_the_data_folder_can_be_named_by_the_environment(data_dir: Path) -> None:
    assert _virga(["token"], VIRGA_DATA_DIR=str(data_dir)).returncode == 0


def test_a_configured_issuer_with_a_secret_comes_first(data_dir: Path) -> None:
    secret = "s" * 32
    issuers = json.dumps(
        [{"issuer": "elsewhere", "jwks_url": "https://x", "audience": "y"}, {"secret": secret, "audience": "v"}]
    )
    token = _virga(
        ["token", "--data-dir", data_dir], VIRGA_AUTH__ISSUERS=issuers, VIRGA_AUTH__ORG_CLAIM="tenant"
    ).stdout
    claims = _claims(token.strip(), secret, audience="v")
    assert (claims["tenant"], claims["aud"], claims.get("iss")) == ("default", "v", None)


def test_only_foreign_issuers_are_refused_with_a_sentence(data_dir: Path) -> None:
    issuers = json.dumps([{"issuer": "elsewhere", "jwks_url": "https://x", "audience": "y"}])
    done = _virga(["token", "--data-dir", data_dir], VIRGA_AUTH__ISSUERS=issuers)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("VIRGA_AUTH__ISSUERS names no issuer with a secret")


def test_a_folder_without_secrets_is_refused_with_a_sentence(tmp_path: Path) -> None:
    done = _virga(["token", "--data-dir", tmp_path / "none"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"There are no secrets in {tmp_path}/none/secrets (No such file or directory); "
        "`virga serve` makes them at its first start, --data-dir names another folder.\n"
    )
