"""Finds a tool that is installed, or was downloaded or built earlier."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.toolchain import cache
from tools.toolchain.catalogue import InstalledCopy, Tool

_VERSION = re.compile(r"(?<![\w.])v?(\d+)\.(\d+)\.(\d+)(?![\w.-])")
"""Neither the number inside `go1.26.8` nor a pre-release."""
_TIMEOUT_SECONDS = 20


def find(tool: Tool) -> Path | None:
    """Returns the folder of a tool's binaries, or None. An installed copy has precedence."""
    is_plugin = tool.installed is InstalledCopy.PLUGIN
    installed = _in_plugin_folder(tool) if is_plugin else _on_path(tool)
    if installed:
        return installed
    return cache.folder(tool) if cache.is_complete(tool) else None


def _in_plugin_folder(tool: Tool) -> Path | None:
    name = tool.name.removeprefix("pulumi-")
    folder = Path(os.path.expanduser("~/.pulumi/plugins")) / f"{name}-v{tool.version}"  # noqa: PTH111 - unlike Path's it doesn't raise without a home
    # Pulumi puts this file beside a plugin while it installs the plugin.
    unfinished = folder.with_name(f"{folder.name}.partial").exists()
    return folder if cache.has_binaries(tool, folder) and not unfinished else None


def _on_path(tool: Tool) -> Path | None:
    first = shutil.which(tool.binaries[0].name)
    if not first:
        return None
    folder = Path(first).absolute().parent
    # A tool in the cache, perhaps built from another checkout's sources, is found by its digest.
    if folder.resolve().is_relative_to(cache.tools_folder().resolve()):
        return None
    if not cache.has_binaries(tool, folder):
        return None
    version = _version(Path(first), tool.version_command)
    return folder if version and _is_usable(tool, version) else None


def _is_usable(tool: Tool, version: tuple[int, ...]) -> bool:
    wanted = _parse(tool.version)
    match tool.installed:
        case InstalledCopy.NOT_OLDER:
            return wanted is not None and version[0] == wanted[0] and version >= wanted
        case InstalledCopy.SAME_MAJOR:
            return wanted is not None and version[0] == wanted[0]
        case _:
            return version == wanted


def _version(binary: Path, command: tuple[str, ...]) -> tuple[int, ...] | None:
    """The version that a binary prints; None if it doesn't, for whatever reason."""
    with tempfile.TemporaryDirectory() as scratch:
        # Even `pulumi version` looks for updates and writes a log, which don't belong in HOME.
        environment = os.environ | {"PULUMI_HOME": scratch, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            answer = subprocess.run(
                [binary, *command],
                capture_output=True,
                check=True,
                encoding="utf-8",
                errors="replace",
                env=environment,
                stdin=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return _parse(answer.stdout)


def _parse(text: str) -> tuple[int, ...] | None:
    match = _VERSION.search(text)
    return tuple(int(number) for number in match.groups()) if match else None
