"""Programs that use the package, in each language."""

import os
import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.support.go_build import GO_HOST, NODEJS_HOST, YAML_HOST, build_go_program
from tests.support.program import Program
from tools.checkout import CHECKOUT
from tools.toolchain.golang import find_go, install_go

CANARY = "canary-7d21"
MONGODB_URL = f"mongodb://user:{CANARY}@db.example.com/rocketchat?replicaSet=rs0"
HOST = "chat.example.com"
HOST_KEYS = ("host:", "host=")


class Language(NamedTuple):
    """How a program is written in one language. Each text is as the example's file has it."""

    file: str
    namespace: str
    streamers: str
    chart: str
    """A chart in the program's folder, which a test adds."""
    image: str
    """An image of Rocket.Chat 7.0.0, which a test adds."""


LANGUAGES: Mapping[str, Language] = {
    "yaml": Language(
        "Pulumi.yaml",
        "namespace: chat",
        "ddpStreamer: 2",
        "      chart: {path: chart}",
        "      image: {tag: 7.0.0}",
    ),
    "python": Language(
        "__main__.py",
        'namespace="chat"',
        '"ddp_streamer": 2',
        '    chart={"path": "chart"},',
        '    image={"tag": "7.0.0"},',
    ),
    "typescript": Language(
        "index.ts",
        'namespace: "chat"',
        "ddpStreamer: 2",
        '    chart: { path: "chart" },',
        '    image: { tag: "7.0.0" },',
    ),
    "go": Language(
        "main.go",
        'StringRef("chat")',
        "IntRef(2)",
        '\t\t\tChart: &rocketchat.ChartArgs{Path: pulumi.StringRef("chart")},',
        '\t\t\tImage: &rocketchat.ImageArgs{Tag: pulumi.StringRef("7.0.0")},',
    ),
}


class Consumer:
    """A program that uses a copy of the package."""

    def __init__(self, folder: Path, program: Program, language: str, *, template: bool) -> None:
        """Puts the program in place, with everything that it needs.

        Args:
            folder: Where to put it, which doesn't exist.
            program: Whose cluster and namespace it uses.
            language: Its language.
            template: Whether it is made by `pulumi new`, and not the example.
        """
        self.language = LANGUAGES[language]
        copy_package(folder)
        # What the package needs is here already.
        (folder / "package" / "requirements.txt").write_text("", encoding="utf-8")
        _create_virtualenv(folder / "package" / "venv")
        self.folder = folder / "examples" / language
        environment = program.simulation.environment()
        hosts = [build_go_program(host).parent for host in (YAML_HOST, NODEJS_HOST, GO_HOST)]
        go = shutil.which(find_go() or install_go())
        assert go
        folders = [*hosts, Path(go).parent]
        path = os.pathsep.join([*map(str, folders), environment.get("PATH", os.environ["PATH"])])
        self._environment = {**os.environ, **environment, "PATH": path}
        self._pulumi = program.simulation.tools()["pulumi"]
        if template:
            self._create_from_template(language, program)
        else:
            self._copy_example(language, program)
        # Relative to the consumer's own folder.
        (self.folder / "chart").symlink_to(CHECKOUT / "tools" / "simulation" / "chart")
        self.add(self.language.chart)
        self.succeed("config", "set", "--secret", "mongodbUrl", MONGODB_URL)

    def _create_from_template(self, language: str, program: Program) -> None:
        self.folder.mkdir(parents=True)
        source = str(CHECKOUT / "templates" / language)
        self.succeed("new", source, "--generate-only", "--yes", "--name", program.namespace)
        if language == "python":
            _create_virtualenv(self.folder / "venv")
        self.succeed("package", "add", "../../package")
        self.succeed("stack", "init", "prod")
        self.succeed("config", "set", "host", HOST)
        kubeconfig = yaml.safe_load(program.cluster.kubeconfig.read_text(encoding="utf-8"))
        self.succeed("config", "set", "kubernetes:context", kubeconfig["current-context"])

    def _copy_example(self, language: str, program: Program) -> None:
        installed = shutil.ignore_patterns("venv", "node_modules", "sdks")
        shutil.copytree(CHECKOUT / "examples" / language, self.folder, ignore=installed)
        if language == "python":
            _create_virtualenv(self.folder / "venv")
        before, _, after = self.language.namespace.rpartition("chat")
        self.replace(self.language.namespace, f"{before}{program.namespace}{after}")
        self.succeed("install")
        self.succeed("stack", "select", "--create", "consumer")

    def replace(self, old: str, new: str) -> None:
        """Replaces the one occurrence of a text in the program."""
        file = self.folder / self.language.file
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, line: str) -> None:
        """Adds an input, after the host."""
        file = self.folder / self.language.file
        lines = file.read_text(encoding="utf-8").splitlines()
        *_, index = (
            index for index, text in enumerate(lines) if text.strip().lower().startswith(HOST_KEYS)
        )
        lines.insert(index + 1, line)
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def remove(self, line: str) -> None:
        """Removes an input again."""
        self.replace(f"{line}\n", "")

    def run(
        self, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs pulumi."""
        return subprocess.run(
            [self._pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self._environment, **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        """Runs pulumi, which has to succeed, and returns its output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def refusal(self) -> str:
        """Returns what a preview says that has to fail."""
        done = self.run("preview")
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        assert "goroutine" not in done.stdout
        assert "node_modules" not in done.stdout
        return done.stdout


def copy_package(folder: Path) -> None:
    """Copies the package and the component that it serves, without what Pulumi installed."""
    for name in ("components", "package"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("venv"))


def _create_virtualenv(folder: Path) -> None:
    """Creates a virtualenv that has what the tests' own has, too."""
    venv.create(folder, with_pip=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", vars=paths))
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
