"""Builds one tool from its Go module into the cache, whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import cache, failure
from .catalogue import ModuleFile, Tool

_EXECUTABLE = 0o755
_SCRATCH_PREFIX = ".unfinished-"


def build(tool: Tool) -> None:
    """Put a tool's binaries into the cache.

    The caller holds the lock on the cache. Everything is made in a folder of its own and renamed at
    the end, so that a build which is killed leaves nothing that looks finished.

    Raises:
        ToolError: with the build's log named and its end quoted.
        OSError: when the cache can't be written to.
    """
    if not shutil.which("go"):
        raise failure.no_go(tool)
    log = cache.log_path(tool)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    _remove_leftovers()
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=cache.tools_folder()))
    try:
        for binary in tool.binaries:
            output = scratch / binary.name
            _go(tool, "build", "-ldflags", binary.linker_flags, "-o", str(output), binary.package)
        for file in tool.files:
            _copy(tool, file, scratch)
        if not cache.has_all(tool, scratch):
            raise failure.failed(tool, log, status=0)
        shutil.rmtree(cache.folder(tool), ignore_errors=True)  # there only if files were lost
        scratch.replace(cache.folder(tool))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    log.unlink()


def _copy(tool: Tool, file: ModuleFile, into: Path) -> None:
    module = _go(tool, "list", "-m", "-f", "{{.Dir}}", file.module).strip()
    copy = into / Path(file.path).name
    shutil.copyfile(Path(module) / file.path, copy)
    copy.chmod(_EXECUTABLE)


def _go(tool: Tool, *arguments: str) -> str:
    """Run Go in a tool's module: its answer comes back, its messages go to the build's log."""
    log = cache.log_path(tool)
    with log.open("ab") as messages:
        ended = subprocess.run(
            ["go", *arguments],
            check=False,
            cwd=tool.module_folder,
            encoding="utf-8",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
        )
    if ended.returncode:
        raise failure.failed(tool, log, ended.returncode)
    return ended.stdout


def _environment() -> dict[str, str]:
    """The person's own Go settings, but for those that would change what comes out."""
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
        # Go derives its own caches from HOME and stops without it.
        go = cache.cache_folder() / "go"
        environment.setdefault("GOCACHE", str(go / "build"))
        environment.setdefault("GOPATH", str(go))
    return environment


def _remove_leftovers() -> None:
    """Whoever left one was killed: the lock is ours."""
    for leftover in cache.tools_folder().glob(f"{_SCRATCH_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
