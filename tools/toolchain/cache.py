"""Where tools are kept: a folder for each, named after everything that affects its binaries."""

import hashlib
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.cache import CACHE_VARIABLE, user_cache_folder
from tools.errors import ToolError
from tools.toolchain.catalogue import Tool

_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}
_EXECUTABLE = 0o755
_UNFINISHED = ".unfinished-"
_ORIGIN = "origin.txt"


def cache_folder() -> Path:
    """The folder for everything that this project keeps outside a checkout, shared by all of them.

    Raises:
        ToolError: If the user has no home folder to put it in.
    """
    folder = user_cache_folder()
    if folder is None:
        raise ToolError(
            "There's no folder to keep the tools in: HOME isn't set, and the system knows no home"
            f" of yours. Set HOME, or {CACHE_VARIABLE} to a folder that can be written to."
        )
    return folder


def tools_folder() -> Path:
    """Returns the folder of all tools that were downloaded or built."""
    return cache_folder() / "tools"


def log_path(module: str) -> Path:
    """Returns the path of a build's log, which exists while the build runs and after it fails."""
    return cache_folder() / "logs" / f"{module}.log"


def folder(tool: Tool) -> Path:
    """Returns the folder of a tool's binaries, which exists once they are there."""
    return tools_folder() / f"{tool.name}-{tool.version}-{_digest(tool)}"


def is_complete(tool: Tool) -> bool:
    """Returns whether a tool has been downloaded or built, and none of its binaries is missing."""
    return has_binaries(tool, folder(tool))


def origin(tool: Tool) -> str:
    """Returns where a tool in the cache comes from."""
    try:
        return (folder(tool) / _ORIGIN).read_text(encoding="utf-8").strip()
    except OSError:
        return "unknown"


@contextmanager
def unfinished() -> Iterator[Path]:
    """A folder for what isn't finished yet. The caller must hold the lock on the cache.

    It is in the cache, so that `keep` is a renaming, and removed at the end.
    """
    scratch = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=tools_folder()))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def keep(tool: Tool, scratch: Path, source: str) -> bool:
    """Makes a folder that of a tool, as a whole, and returns whether it has every binary.

    Args:
        tool: The tool.
        scratch: A folder with its files and nothing else, which is moved.
        source: Where the files come from.
    """
    for file in scratch.iterdir():
        file.chmod(_EXECUTABLE)
    if not has_binaries(tool, scratch):
        return False
    (scratch / _ORIGIN).write_text(f"{source}\n", encoding="utf-8")
    shutil.rmtree(folder(tool), ignore_errors=True)  # it exists if files were removed
    scratch.replace(folder(tool))
    return True


def remove_unfinished() -> None:
    """Removes what killed processes left. The caller must hold the lock on the cache."""
    for leftover in tools_folder().glob(f"{_UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def has_binaries(tool: Tool, where: Path) -> bool:
    """Returns whether a folder has every binary of a tool."""
    return all(shutil.which(where / binary.name) for binary in tool.binaries)


def target() -> tuple[str, str]:
    """Returns GOOS and GOARCH of this machine."""
    machine = platform.machine().lower()
    return platform.system().lower(), _GO_NAMES.get(machine, machine)


def _digest(tool: Tool) -> str:
    files = [tool.module_folder / "go.mod", tool.module_folder / "go.sum"]
    if any(binary.package.startswith(".") for binary in tool.binaries):
        files += sorted(tool.module_folder.rglob("*.go"))
    for module in _local_modules(tool):
        files += [module / "go.mod", *sorted(module.rglob("*.go"))]
    parts = [
        "/".join(target()),
        *(f"{binary.name} {binary.package} {binary.linker_flags}" for binary in tool.binaries),
        *(f"{file.module} {file.path}" for file in tool.files),
        *(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _local_modules(tool: Tool) -> list[Path]:
    """Returns the folders of the modules that a tool's go.mod takes from this checkout."""
    go_mod = (tool.module_folder / "go.mod").read_text(encoding="utf-8")
    folders = re.findall(r"=> (\.\.?/\S+)$", go_mod, re.MULTILINE)
    return [tool.module_folder / folder for folder in folders]
