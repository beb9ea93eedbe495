"""Builds a tool from its Go module into the cache."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.toolchain import cache, failure
from tools.toolchain.catalogue import ModuleFile, Tool

_EXECUTABLE = 0o755
_SCRATCH_PREFIX = ".unfinished-"


def build(tool: Tool) -> None:
    """Builds a tool's binaries. The caller must hold the lock on the cache.

    They are built in a folder of their own, which is renamed at the end, so that a build that is
    killed leaves nothing that looks finished.

    Raises:
        ToolError: If a build fails. The message names its log and quotes the end of it.
        OSError: If the cache can't be written to.
    """
    if not shutil.which("go"):
        raise failure.go_missing(tool)
    log = cache.log_path(tool)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    _remove_unfinished()
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=cache.tools_folder()))
    try:
        for binary in tool.binaries:
            output = scratch / binary.name
            _go(tool, "build", "-ldflags", binary.linker_flags, "-o", str(output), binary.package)
        for file in tool.files:
            _copy(tool, file, scratch)
        if not cache.has_binaries(tool, scratch):
            raise failure.build_failed(tool, log, code=0)
        shutil.rmtree(cache.folder(tool), ignore_errors=True)  # it exists if files were removed
        scratch.replace(cache.folder(tool))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    log.unlink()


def _copy(tool: Tool, file: ModuleFile, folder: Path) -> None:
    module = _go(tool, "list", "-m", "-f", "{{.Dir}}", file.module).strip()
    copy = folder / Path(file.path).name
    shutil.copyfile(Path(module) / file.path, copy)
    copy.chmod(_EXECUTABLE)


def _go(tool: Tool, *arguments: str) -> str:
    """Runs Go in a tool's module, with stderr to the build's log, and returns its stdout."""
    log = cache.log_path(tool)
    with log.open("ab") as stderr:
        done = subprocess.run(
            ["go", *arguments],
            check=False,
            cwd=tool.module_folder,
            encoding="utf-8",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    if done.returncode:
        raise failure.build_failed(tool, log, done.returncode)
    return done.stdout


def _environment() -> dict[str, str]:
    """The person's own settings for Go, except those that would change the binaries."""
    goos, goarch = cache.target()
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": goarch,
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOOS": goos,
        "GOWORK": "off",
    }
    if not environment.get("HOME"):
        # Go derives the folders of its caches from HOME, and fails without it.
        go = cache.cache_folder() / "go"
        environment.setdefault("GOCACHE", str(go / "build"))
        environment.setdefault("GOPATH", str(go))
    return environment


def _remove_unfinished() -> None:
    """Removes what killed builds left. No other build is running, as this one holds the lock."""
    for leftover in cache.tools_folder().glob(f"{_SCRATCH_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
