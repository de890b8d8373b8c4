"""`virga examples`: lists what there is, shows one, and saves some, switched off, with what they call."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from app.cli.definitions.examples import every_example
from app.cli.examples import load, show, show_list
from app.core.crypto import new_master_key
from app.core.errors import SetupError
from tests.architecture.source import CHECKOUT
from tests.cli.repository import Repository
from tests.factories.workflows import Json
from tests.fixtures.serving import clean_environment

FOLDER = CHECKOUT / "openapi" / "examples"
NAMES = {file.stem for file in FOLDER.glob("*.json")}
WITH_PARTS = ("customer_onboarding", "onboarding_account", "onboarding_welcome")
AUTHORIZATION = """
    INSERT INTO authorizations (id, org_id, user_id, provider, status, scope, created_at, updated_at)
    VALUES ('auth_of_' || :org, :org, 'ada', 'altostrat', 'active', '', now(), now())
"""


def loaded(repository: Repository, *names: str, authorization: str | None = None, active: bool = False) -> int:
    return load(repository.settings, repository.org, names, authorization, active=active)


def by_name(repository: Repository) -> Mapping[str, Json]:
    return {str(saved["name"]): saved for saved in repository.saved()}


def test_the_list_has_every_example_with_its_title_and_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    show_list()
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert {line.split()[0] for line in lines[::2]} == NAMES
    assert [line.strip() for line in lines[1::2]] == [one.summary for one in every_example().values()]
    assert "order_sync               Bring open orders into the ERP\n" in said


def test_what_several_components_are_good_for_comes_first() -> None:
    kinds = [one.is_of_component for one in every_example().values()]
    assert kinds == sorted(kinds)
    assert set(kinds) == {False, True}


@pytest.mark.parametrize("name", ["order_sync", "webhook"])
def test_an_example_is_shown_as_its_file_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show(name)
    assert capsys.readouterr().out == (FOLDER / f"{name}.json").read_text()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("oder_sync", "perhaps order_sync."),
        ("order_sync.json", "perhaps order_sync."),
        ("approval", "perhaps purchase_approval."),
        ("zzz", "`virga examples` lists all."),
        ("", "`virga examples` lists all."),
    ],
)
def test_an_unknown_name_is_answered_with_those_that_are_near(name: str, hint: str) -> None:
    with pytest.raises(SetupError) as refused:
        show(name)
    assert str(refused.value) == f'There is no example "{name}": {hint}'


def test_an_example_is_saved_switched_off(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert loaded(repository, "nightly_report") == 0
    said = capsys.readouterr().out
    [saved] = repository.saved()
    planned = repository.rows("SELECT next_run_at FROM workflows WHERE org_id = :org")
    assert (saved["is_active"], saved["schedule_type"], planned[0].next_run_at) == (False, "daily", None)
    assert saved["nodes"] == json.loads((FOLDER / "nightly_report.json").read_text())["nodes"]
    assert f"created    {saved['id']}  Send last day's sales as a PDF\n" in said
    assert "  Needs: the vault items shop_token and mail_password; the channel ops.\n" in said
    assert "  Change: shop.example.com, mail.example.com" in said
    assert "They are switched off" in said


def test_an_example_may_be_switched_on_at_once(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert loaded(repository, "nightly_report", active=True) == 0
    assert [saved["is_active"] for saved in repository.saved()] == [True]
    assert "switched off" not in capsys.readouterr().out


def test_what_an_example_calls_is_loaded_along(repository: Repository) -> None:
    assert loaded(repository, WITH_PARTS[0]) == 0
    saved = by_name(repository)
    titles = {name: every_example()[name].title for name in WITH_PARTS}
    called = [node["data"].get("workflow_id") for node in saved[titles["customer_onboarding"]]["nodes"]]
    assert set(saved) == set(titles.values())
    assert [callee for callee in called if callee] == [saved[titles[part]]["id"] for part in WITH_PARTS[1:]]


def test_an_example_can_be_loaded_twice(repository: Repository) -> None:
    for _ in range(2):
        assert loaded(repository, *WITH_PARTS, *WITH_PARTS) == 0
    assert len(repository.saved()) == 2 * len(WITH_PARTS)


def test_all_are_loaded_but_those_that_nobody_has_signed_in_for(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loaded(repository) == 0
    assert set(by_name(repository)) == {one.title for name, one in every_example().items() if name != "altostrat_api"}
    assert "Left out: altostrat_api calls the platform as somebody who has signed in" in capsys.readouterr().out


def test_with_an_authorization_all_are_loaded(repository: Repository) -> None:
    repository.execute(AUTHORIZATION)
    authorization = f"auth_of_{repository.org}"
    assert loaded(repository, authorization=authorization) == 0
    saved = by_name(repository)
    assert len(saved) == len(NAMES)
    given = {one["name"] for one in saved.values() if one["authorization_id"] == authorization}
    assert given == {every_example()["altostrat_api"].title}


def test_an_example_that_needs_an_authorization_says_how_to_get_one(repository: Repository) -> None:
    with pytest.raises(SetupError, match=r"altostrat_api calls the platform as .* with --authorization"):
        loaded(repository, "webhook", "altostrat_api")
    assert repository.saved() == []


def test_an_authorization_that_is_not_there_is_a_fault(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loaded(repository, "altostrat_api", authorization="auth_none") == 1
    said = capsys.readouterr()
    assert 'altostrat_api: authorization_id: There is no authorization "auth_none"' in said.err
    assert (said.out, repository.saved()) == ("", [])


def virga(
    arguments: Sequence[str], settings: Mapping[str, str] | None = None, folder: Path = CHECKOUT
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "app.cli", "examples", *arguments]
    environment = clean_environment(settings)
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)


def test_the_commands_are_there(postgres_url: str, redis_url: str) -> None:
    server = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": new_master_key("k1")}
    done = virga(["load", "order_sync", "--org", "examples"], server)
    shown = virga(["show", "order_sync"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 created, 0 updated, 0 unchanged.\n" in done.stdout
    assert shown.stdout == (FOLDER / "order_sync.json").read_text()
    assert len(virga([]).stdout.splitlines()) == 2 * len(NAMES)


@pytest.mark.parametrize("arguments", [[], ["order_sync", "--all"]])
def test_what_to_load_must_be_said_once(arguments: list[str]) -> None:
    done = virga(["load", *arguments])
    assert (done.returncode, done.stderr) == (2, "Name the examples to load, or give --all instead.\n")


def test_an_unknown_name_is_one_sentence() -> None:
    done = virga(["show", "oder_sync"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'There is no example "oder_sync": perhaps order_sync.\n'


def test_an_installed_wheel_has_them_too(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    place = tmp_path / "place"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    shown = virga(["show", "order_sync"], {"PYTHONPATH": str(place)}, folder=place)
    assert (place / "app" / "examples" / "order_sync.json").exists()
    assert shown.stdout == (FOLDER / "order_sync.json").read_text(), shown.stderr
