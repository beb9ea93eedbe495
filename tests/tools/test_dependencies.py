"""What the commands need is installed by one step, and what is missing is named in a sentence."""

import ast
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tools.checkout import CHECKOUT
from tools.dependencies import EXIT_CODE, missing

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = {re.split("[<>=]", dependency)[0] for dependency in PROJECT["dependencies"]}
COMMANDS = sorted(file.parent.name for file in (CHECKOUT / "tools").glob("*/__main__.py"))


def locked(file: str) -> dict[str, str]:
    """Versions by package, as a requirements file pins them."""
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def normal(package: str) -> str:
    """The name of a package as pyproject.toml spells it."""
    return package.lower().replace("_", "-")


def imported(folder: str) -> Iterator[str]:
    """Names of the top-level modules that the files in a folder import."""
    for file in (CHECKOUT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", ["components", "tools"])
def test_every_imported_package_is_a_declared_dependency(folder: str) -> None:
    owners = packages_distributions()
    outside = set(imported(folder)) - sys.stdlib_module_names - {"components", "package", "tools"}
    undeclared = {name for name in outside if DECLARED.isdisjoint(map(normal, owners[name]))}
    assert undeclared == set()


def test_the_developers_packages_are_the_same_versions_and_more() -> None:
    people, developers = locked("requirements.txt"), locked("requirements-dev.txt")
    assert people.keys() >= DECLARED
    assert people.items() <= developers.items()


def test_nothing_is_missing_here() -> None:
    assert missing() == []


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without any package."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_its_packages_says_what_to_run(bare_python: Path, command: str) -> None:
    options = [] if command == "generate" else ["--stack", "prod"]
    done = subprocess.run(
        [bare_python, "-m", f"tools.{command}", *options],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (EXIT_CODE, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"error: {bare_python} lacks filelock, httpx, kubernetes, ")
    assert sentence.endswith(
        f" Run `pulumi install` in {CHECKOUT}, and then"
        f" `{' '.join(['.venv/bin/python -m', f'tools.{command}', *options])}`."
    )


def test_any_other_error_ends_a_command_with_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import tools\nimport nowhere_to_be_found\n")
    done = subprocess.run(
        [sys.executable, "-m", "broken"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{CHECKOUT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ModuleNotFoundError: No module named 'nowhere_to_be_found'" in done.stderr
