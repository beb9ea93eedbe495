"""`pulumi` in a shell of `make env`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.simulation import configured
from tools.simulation.folders import Folders
from tools.simulation.pulumi import resolve_paths


@pytest.fixture
def current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file and a folder in it."""
    folder = tmp_path / "current"
    (folder / "policy").mkdir(parents=True)
    (folder / "policy.json").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("preview --policy-pack-config policy.json", "preview --policy-pack-config {}/policy.json"),
        ("preview --policy-pack-config=policy.json", "preview --policy-pack-config={}/policy.json"),
        ("preview --policy-pack policy", "preview --policy-pack {}/policy"),
        ("preview --policy-pack=./policy", "preview --policy-pack={}/policy"),
        ("preview --policy-pack policy,./policy", "preview --policy-pack {0}/policy,{0}/policy"),
        ("preview --save-plan plan.json", "preview --save-plan {}/plan.json"),
        ("stack export --file state.json", "stack export --file {}/state.json"),
        ("package get-schema .", "package get-schema {}"),
        ("package get-schema ./policy", "package get-schema {}/policy"),
        ("preview --stack policy.json", "preview --stack policy.json"),
        ("stack select policy", "stack select policy"),
        ("preview --stack policy", "preview --stack policy"),
        ("up --message a/b", "up --message a/b"),
        ("stack select organization/rocketchat/dev", "stack select organization/rocketchat/dev"),
    ],
)
def test_paths_are_relative_to_the_current_folder(current: Path, given: str, resolved: str) -> None:
    assert resolve_paths(given.split()) == resolved.format(current).split()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A checkout with two stacks, their simulated configs, and an engine that prints its words."""
    folders = Folders(tmp_path / "checkout")
    for name in ("dev", "prod"):
        for folder in (folders.checkout, folders.project):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"Pulumi.{name}.yaml").write_text(f"config: {{}}  # {name}\n")
    folders.pulumi.parent.mkdir(parents=True)
    folders.pulumi.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    folders.pulumi.chmod(0o755)
    configured.record(folders)
    return folders


def test_configs_are_current_until_either_side_changes(folders: Folders) -> None:
    assert configured.is_current(folders)
    for folder in (folders.checkout, folders.project):
        file = folder / "Pulumi.dev.yaml"
        text = file.read_text()
        file.write_text("config: {a: b}\n")
        assert not configured.is_current(folders)
        file.write_text(text)
        assert configured.is_current(folders)
    (folders.checkout / "Pulumi.new.yaml").touch()
    assert not configured.is_current(folders)


def test_configs_that_were_never_written_are_not_current(folders: Folders) -> None:
    folders.configured.write_text("{")
    assert not configured.is_current(folders)
    folders.configured.unlink()
    assert not configured.is_current(folders)


def run(folders: Folders, folder: Path, *arguments: str) -> list[str]:
    """Runs `pulumi` with the folders of a checkout.

    Returns:
        The other packages that were imported, and the words that the engine was given.
    """
    code = """if True:
        import os, sys
        from pathlib import Path
        from tools.simulation.folders import Folders
        from tools.simulation.pulumi import main

        def execv(program, words):
            packages = {"filelock", "kubernetes", "pulumi", "rich", "urllib3", "yaml"}
            print(sorted(packages & sys.modules.keys()), flush=True)
            os.execve(program, words, os.environ)

        os.execv = execv
        main(sys.argv[2:], Folders(Path(sys.argv[1])))
    """
    done = subprocess.run(
        [sys.executable, "-c", code, str(folders.checkout), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def test_unchanged_configs_take_no_package(folders: Folders) -> None:
    assert run(folders, folders.checkout, "version") == [
        "[]",
        "--cwd",
        str(folders.project),
        "version",
    ]


def test_config_is_about_the_files_of_the_checkout(folders: Folders) -> None:
    assert run(folders, folders.checkout, "config", "set", "a", "b") == [
        "[]",
        "config",
        "set",
        "a",
        "b",
    ]


def test_another_folder_is_left_as_it_is(folders: Folders, tmp_path: Path) -> None:
    assert run(folders, tmp_path, "preview", "--stack", "x") == [
        "[]",
        "preview",
        "--stack",
        "x",
    ]
