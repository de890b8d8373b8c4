"""docker-compose.yml and Dockerfile say what they should."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "api", "worker")
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text().splitlines()
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "VIRGA_VAULT__KEYS", "VIRGA_AUTH__ISSUERS")


def _instruction(name: str) -> str:
    """Return the arguments of the last such instruction: the one of the final image."""
    return [line.removeprefix(name).strip() for line in DOCKERFILE if line.startswith(f"{name} ")][-1]


def test_only_the_api_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_missing_secret_is_refused_with_what_to_run(secret: str) -> None:
    written = re.findall(rf"\$\{{{secret}[^}}]*\}}", json.dumps(COMPOSE))
    assert set(written) == {f"${{{secret}:?run virga init-env}}"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_cannot_write_or_gain_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", _instruction("USER"))


def test_the_image_installs_only_what_is_locked() -> None:
    installs = [line for line in DOCKERFILE if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes -r /src/requirements.lock" in installs[0]
    assert "--no-build-isolation --no-deps" in installs[1]


@pytest.mark.parametrize("name", list(SERVICES))
def test_logs_are_rotated(name: str) -> None:
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", ["api", "worker", "postgres", "redis"])
def test_what_serves_has_a_health_check_and_time_to_stop(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["stop_grace_period"] == "30s"


def test_migrations_come_after_postgres_and_before_us() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_workers_can_be_scaled() -> None:
    assert not {"ports", "container_name"} & set(SERVICES["worker"])


@pytest.mark.parametrize("name", list(SERVICES))
def test_no_secret_stands_in_arguments(name: str) -> None:
    """A shell's own `$$NAME` is no argument of a process that lives on."""
    arguments = json.dumps(SERVICES[name].get("command", []))
    assert not re.findall(r"(?<!\$)\$\{?\w", arguments)


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_data_outlives_containers(name: str) -> None:
    assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]


def test_the_image_is_given_all_that_the_package_is_built_of() -> None:
    built = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    sources = {*built["packages"], *built["force-include"]}
    copied = {line.split()[1] for line in DOCKERFILE if line.startswith("COPY ") and "--from" not in line}
    admitted = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources <= copied & admitted
