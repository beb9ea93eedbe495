"""A machine with an empty PATH, home and cache, and a fake `go`."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT
from tools.toolchain import CATALOGUE

PYTHON = sys.executable
# Records each build, then builds, fails or dies, as the variables FAKE_GO_* say.
FAKE_GO = f"""#!{PYTHON}
import os, pathlib, re, signal, sys, time

here = pathlib.Path(__file__).parent
command, arguments = sys.argv[1], sys.argv[2:]
if command in ("env", "version"):
    print(os.environ.get("FAKE_GO_VERSION", "go1.26.8"))
    sys.exit()
if command == "list" and "-m" in arguments:
    print(here / "module")
    sys.exit()
if command == "list":
    (here / "source.go").write_text("package main" * 1000)
    for package in ["fmt", *(name for name in arguments if "/" in name and "{{" not in name)]:
        print(package, "true", here, "source.go", sep="\\t")
    sys.exit()

settings = " ".join(f"{{name}}={{os.environ.get(name)}}" for name in (
    ("CGO_ENABLED", "GOFLAGS", "GOWORK", "GOCACHE")
))
with (here / "go.calls").open("a") as calls:
    calls.write(f"{{command}} {{' '.join(arguments)}} {{settings}}\\n")
folder = pathlib.Path(arguments[arguments.index("-o") + 1])
packages = arguments[arguments.index("-o") + 2:]
for package in ["fmt", *packages]:
    print(package, file=sys.stderr, flush=True)
if os.environ.get("FAKE_GO_SLOW", "") in " ".join(packages):
    time.sleep(float(os.environ.get("FAKE_GO_SECONDS", "0")))
if error := os.environ.get("FAKE_GO_ERROR"):
    print(error, file=sys.stderr)
    sys.exit(1)
if os.environ.get("FAKE_GO_DIES"):
    os.kill(os.getpid(), signal.SIGKILL)
for package in packages:
    output = folder / re.sub(r"/v\\d+$", "", package).split("/")[-1]
    output.write_text("#!/bin/sh\\n")
    output.chmod(0o755)
"""


@dataclass(frozen=True)
class Machine:
    bin: Path
    home: Path
    cache: Path

    def install(self, name: str, output: str = "", folder: Path | None = None) -> Path:
        """Installs a program that prints `output`, on PATH unless `folder` is given."""
        folder = folder or self.bin
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / name
        program.write_text(f"#!{PYTHON}\nprint({output!r})\n")
        program.chmod(0o755)
        return program

    def install_go(self) -> None:
        script = self.bin / "go"
        script.write_text(FAKE_GO)
        script.chmod(0o755)
        module = self.bin / "module" / "python" / "cmd"
        module.mkdir(parents=True)
        (module / "pulumi-language-python-exec").write_text("the executor\n")

    @property
    def go_calls(self) -> list[str]:
        """The command line and the settings of each build."""
        calls = self.bin / "go.calls"
        return calls.read_text().splitlines() if calls.exists() else []

    @property
    def built(self) -> list[str]:
        """The names of the binaries that Go has begun to build, in order."""
        packages = {binary.package: binary.name for tool in CATALOGUE for binary in tool.binaries}
        arguments = " ".join(call.split(" -o ")[1] for call in self.go_calls).split()
        return [packages[argument] for argument in arguments if argument in packages]

    @property
    def tools(self) -> list[str]:
        """The names of what is in the cache's folder of tools, including hidden ones."""
        folder = self.cache / "tools"
        return sorted(os.listdir(folder)) if folder.exists() else []  # noqa: PTH208 - names are wanted


def start_process(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Starts another process, as another checkout would."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.toolchain", *arguments],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
