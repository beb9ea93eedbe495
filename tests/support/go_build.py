"""`python -m tests.support.go_build`: builds the Go programs that only tests run.

They are kept in the cache beside the tools, as building one without Go's caches takes minutes.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from tests.support.paths import ROOT
from tools.toolchain.build import GO_FLAGS
from tools.toolchain.cache import target, tools_folder
from tools.toolchain.catalogue import MODULES
from tools.toolchain.golang import find_go, install_go

GO_BUILD_SECONDS = 1800
"""Timeout of a test that may be the first to build: without Go's caches, every module that the
program needs is downloaded and compiled."""


class GoProgram(NamedTuple):
    """A Go program, and the folder whose go.mod pins its dependencies."""

    name: str
    package: str
    """The import path of a main package, or the path of a Go file."""
    module_folder: Path
    tags: str = ""
    """Go's build tags."""


ACTIONLINT = GoProgram(
    "actionlint",
    "github.com/rhysd/actionlint/cmd/actionlint",
    ROOT / "tests" / "tools" / "report" / "go",
)
GOJQ = GoProgram("gojq", "github.com/itchyny/gojq/cmd/gojq", ACTIONLINT.module_folder)
HELM_4 = GoProgram("helm", "helm.sh/helm/v4/cmd/helm", ROOT / "tests" / "support" / "go" / "helm4")
"""Its field manager is the name of its program."""
STACK_CONFIG = GoProgram(
    "stackconfig", str(ROOT / "tests" / "support" / "go" / "stackconfig.go"), MODULES / "engine"
)
NATS_SERVER = GoProgram(
    "nats-server",
    "github.com/nats-io/nats-server/v2",
    ROOT / "tests" / "support" / "go" / "nats",
)
PROMETHEUS = GoProgram(
    "prometheus",
    "github.com/prometheus/prometheus/cmd/prometheus",
    ROOT / "tests" / "support" / "go" / "prometheus",
    # Without the clients of every cloud, which are most of it.
    tags="remove_all_sd",
)
PROMTOOL = PROMETHEUS._replace(
    name="promtool", package="github.com/prometheus/prometheus/cmd/promtool"
)
YAML_HOST = GoProgram(
    "pulumi-language-yaml",
    "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    ROOT / "tests" / "support" / "go" / "yaml",
)
"""Runs programs in YAML."""
HOSTS = ROOT / "tests" / "support" / "go" / "hosts"
NODEJS_HOST = GoProgram(
    "pulumi-language-nodejs", str(HOSTS / "nodejs" / "main.go"), MODULES / "engine"
)
"""Runs programs in TypeScript."""
GO_HOST = GoProgram("pulumi-language-go", str(HOSTS / "go" / "main.go"), MODULES / "engine")
"""Runs programs in Go."""
PROGRAMS = (
    *(ACTIONLINT, GOJQ, HELM_4, STACK_CONFIG, NATS_SERVER, PROMETHEUS, PROMTOOL),
    *(YAML_HOST, NODEJS_HOST, GO_HOST),
)


def build_go_program(program: GoProgram) -> Path:
    """Builds a Go program unless it has been built, and returns its path.

    Raises:
        AssertionError: with Go's own messages, if the build fails.
    """
    folder = tools_folder() / f"test-{program.name}-{_digest(program)}"
    built = folder / program.name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not built.exists():
            partial = folder / "partial"
            _build(program, partial)
            partial.replace(built)
    return built


def _build(program: GoProgram, output: Path) -> None:
    # Building is a step of its own: `go run` and `go tool` also report downloads and compile errors
    # on stderr, where they look like output of the program.
    environment = {
        "CGO_ENABLED": "0",
        # The flags of the toolchain's own builds, so that Go's build cache serves both.
        "GOFLAGS": GO_FLAGS,
        "GOWORK": "off",
    }
    go = find_go() or install_go()
    build = subprocess.run(
        [
            *(go, "build", "-tags", program.tags, "-ldflags", "-s -w"),
            *("-o", str(output), program.package),
        ],
        cwd=program.module_folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if build.returncode:
        raise AssertionError(f"go build {program.package} failed:\n{build.stdout}")


def _digest(program: GoProgram) -> str:
    """A digest of everything that affects the executable."""
    files = [program.module_folder / name for name in ("go.mod", "go.sum")]
    if program.package.endswith(".go"):
        files += [Path(program.package), *sorted(program.module_folder.rglob("*.go"))]
    parts = [*target(), *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


if __name__ == "__main__":
    for each in PROGRAMS:
        build_go_program(each)
