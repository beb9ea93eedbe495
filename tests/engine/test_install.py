"""What `pulumi install` gives a person: the program's packages, and those of every command."""

import re

import pytest

from tests.support.checkout import Checkout
from tools.toolchain import ensure

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("install")]

PREVIEW = "tests/support/previews/per-service.json"
COMMANDS = {
    "adopt --context nowhere": (1, "the kubeconfig isn't an object"),
    "bench --help": (0, "--rounds"),
    "diff --down": (0, ""),
    "generate --check": (0, ""),
    "rehearse --stack nowhere --simulated": (1, "There is no config for stack nowhere."),
    "images --stack nowhere": (1, "Pulumi.nowhere.yaml can't be read"),
    f"report {PREVIEW}": (2, "presence"),
    "simulation down": (0, "The simulated cluster and the stacks on it are gone."),
    "status --simulated --stack dev": (2, "There is no simulated cluster."),
    "toolchain --list": (0, "pulumi-language-python"),
}
"""A harmless call of each command, its exit code, and words that it prints."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone in which `pulumi install` has run, and nothing else."""
    checkout = Checkout(tmp_path_factory.mktemp("install"))
    (checkout.folder / ".venv").unlink()
    checkout.run(f"PATH='{ensure(['pulumi'])['pulumi'].parent}':$PATH pulumi install")
    return checkout


def test_each_command_is_tried(installed: Checkout) -> None:
    there = {file.parent.name for file in (installed.folder / "tools").glob("*/__main__.py")}
    assert {command.split()[0] for command in COMMANDS} == there


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_with_what_pulumi_installed(installed: Checkout, command: str) -> None:
    code, words = COMMANDS[command]
    name = command.split(maxsplit=1)[0]
    assert "usage: " in installed.run(f".venv/bin/python -m tools.{name} --help")
    said = installed.run(f".venv/bin/python -m tools.{command} || echo exit $?")
    assert words in said
    assert re.findall(r"^exit (\d+)$", said, re.MULTILINE) == [str(code)] * (code != 0)
    assert "Traceback" not in said
