"""Builds Go programs that only tests run."""

import os
import subprocess
from pathlib import Path

from tools.toolchain.build import GO_FLAGS
from tools.toolchain.golang import find_go, install_go

GO_BUILD_SECONDS = 1800
"""Timeout of a test that may be the first to build: without Go's caches, every module that the
program needs is downloaded and compiled."""


def build_go_program(package: str, module_folder: Path, output: Path) -> Path:
    """Builds a Go program and returns its path.

    Building is a step of its own: `go run` and `go tool` also report downloads and compile errors
    on stderr, where they look like output of the program.

    Args:
        package: The import path of a main package, or the path of a Go file.
        module_folder: The folder whose go.mod pins the dependencies.
        output: The path of the executable.

    Raises:
        AssertionError: with Go's own messages, if the build fails.
    """
    environment = {
        "CGO_ENABLED": "0",
        # The flags of the toolchain's own builds, so that Go's build cache serves both.
        "GOFLAGS": GO_FLAGS,
        "GOWORK": "off",
    }
    build = subprocess.run(
        [find_go() or install_go(), "build", "-ldflags", "-s -w", "-o", str(output), package],
        cwd=module_folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if build.returncode:
        raise AssertionError(f"go build {package} failed:\n{build.stdout}")
    return output
