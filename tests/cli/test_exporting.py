"""`virga export`: which workflows, in which files."""

import json

import pytest
import yaml

from tests.cli.repository import OTHER_ID, UNKNOWN, Repository
from tests.factories.workflows import workflow


def test_workflows_are_exported_by_name_and_a_single_one_is_no_list(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.load(repository.file([workflow(id=own_id), workflow(id=OTHER_ID)]))
    capsys.readouterr()
    assert repository.dump(own_id) == 0
    assert json.loads(capsys.readouterr().out)["id"] == own_id
    assert repository.dump(own_id, kind="yaml") == 0
    assert yaml.safe_load(capsys.readouterr().out)["id"] == own_id
    assert repository.dump(own_id, OTHER_ID, kind="yaml") == 0
    documents = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [document["id"] for document in documents] == sorted([own_id, OTHER_ID])


def test_a_folder_gets_a_file_each(repository: Repository, own_id: str) -> None:
    repository.load(repository.file([workflow(id=own_id), workflow(id=f"{own_id[:-1]}z")]))
    folder = repository.folder / "flows"
    assert repository.dump(kind="yaml", output=folder) == 0
    assert sorted(file.name for file in folder.iterdir()) == sorted([f"{own_id}.yaml", f"{own_id[:-1]}z.yaml"])
    assert repository.load(*folder.iterdir()) == 0


def test_what_is_not_there_or_anothers_is_not_exported(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = repository.other()
    owner.load(owner.file(workflow(id=own_id)))
    capsys.readouterr()
    assert repository.dump(own_id, UNKNOWN) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f'There is no workflow "{workflow_id}" in the organization "{repository.org}".'
        for workflow_id in sorted([own_id, UNKNOWN])
    ]
