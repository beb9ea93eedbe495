"""Where built tools are: a folder for each, named after everything that affects its binaries."""

import hashlib
import platform
import shutil
from pathlib import Path

from components.cache import CACHE_VARIABLE, user_cache_folder
from tools.errors import ToolError
from tools.toolchain.catalogue import Tool

_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


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
    """Returns the folder of all built tools."""
    return cache_folder() / "tools"


def log_path(tool: Tool) -> Path:
    """Returns the path of a build's log, which exists while the build runs and after it fails."""
    return cache_folder() / "logs" / f"{tool.name}.log"


def folder(tool: Tool) -> Path:
    """Returns the folder of a tool's binaries, which exists once they are built."""
    return tools_folder() / f"{tool.name}-{tool.version}-{_digest(tool)}"


def is_built(tool: Tool) -> bool:
    """Returns whether a tool has been built, and none of its binaries is missing."""
    return has_binaries(tool, folder(tool))


def has_binaries(tool: Tool, where: Path) -> bool:
    """Returns whether a folder has every binary of a tool."""
    return all(shutil.which(where / binary.name) for binary in tool.binaries)


def target() -> tuple[str, str]:
    """Returns GOOS and GOARCH of this machine."""
    machine = platform.machine().lower()
    return platform.system().lower(), _GO_NAMES.get(machine, machine)


def _digest(tool: Tool) -> str:
    files = [tool.module_folder / "go.mod", tool.module_folder / "go.sum"]
    for binary in tool.binaries:
        if binary.package.startswith("."):
            files += sorted((tool.module_folder / binary.package).glob("*.go"))
    parts = [
        "/".join(target()),
        *(f"{binary.name} {binary.package} {binary.linker_flags}" for binary in tool.binaries),
        *(f"{file.module} {file.path}" for file in tool.files),
        *(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
