"""The shipped stack files under `pulumi config set`, in a backend of their own."""

import difflib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.toolchain import ensure

pytestmark = pytest.mark.engine

STACKS = sorted(
    file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in ROOT.glob("Pulumi.*.yaml")
)


class StackFile:
    """A copy of a shipped stack file, with an initialized stack."""

    def __init__(self, stack: str, folder: Path) -> None:
        self._stack = stack
        self._folder = folder / "project"
        self._folder.mkdir()
        self._file = self._folder / f"Pulumi.{stack}.yaml"
        for name in ("Pulumi.yaml", self._file.name):
            shutil.copy(ROOT / name, self._folder)
        (folder / "backend").mkdir()
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "passphrase",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def changes(self, *arguments: str) -> list[str]:
        """Runs pulumi on the stack; returns the lines that this removes and adds."""
        before = self._lines()
        subprocess.run(
            [ensure(["pulumi"])["pulumi"], *arguments, "--stack", self._stack, "--non-interactive"],
            cwd=self._folder,
            env=self._environment,
            check=True,
        )
        return [
            line for line in difflib.ndiff(before, self._lines()) if line.startswith(("- ", "+ "))
        ]

    def _lines(self) -> list[str]:
        return self._file.read_text(encoding="utf-8").splitlines()


GROUPS = {
    "dev": ("gateway", "name", "public"),
    "staging": ("ingress", "className", "traefik"),
    "prod": ("gateway", "name", "public"),
}


@pytest.mark.parametrize("stack", STACKS)
def test_setting_a_key_changes_one_line(stack: str, tmp_path: Path) -> None:
    file = StackFile(stack, tmp_path)
    (salt,) = file.changes("stack", "init")
    assert salt.startswith("+ encryptionsalt: ")
    assert file.changes("config", "set", "mongodbSecret", "mongodb") == [
        "-   rocketchat:mongodbSecret: chat-mongodb",
        "+   rocketchat:mongodbSecret: mongodb",
    ]
    group, name, old = GROUPS[stack]
    assert file.changes("config", "set", "--path", f"{group}.{name}", "other") == [
        f"-     {name}: {old}",
        f"+     {name}: other",
    ]
    assert file.changes("config", "set", "timeoutSeconds", "900") == [
        '+   rocketchat:timeoutSeconds: "900"'
    ]
