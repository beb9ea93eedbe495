"""Where a tool is: installed by the person, built earlier, or nowhere yet."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import cache
from .catalogue import Installed, Tool

# Not the number inside `go1.26.8`, and no pre-release.
_VERSION = re.compile(r"(?<![\w.])v?(\d+)\.(\d+)\.(\d+)(?![\w.-])")
_SECONDS_TO_ANSWER = 20


def find(tool: Tool) -> Path | None:
    """The folder that has a tool's binaries: an installed copy goes before one that we built."""
    installed = _in_plugin_folder(tool) if tool.installed is Installed.PLUGIN else _on_path(tool)
    if installed:
        return installed
    return cache.folder(tool) if cache.holds(tool) else None


def _in_plugin_folder(tool: Tool) -> Path | None:
    name = tool.name.removeprefix("pulumi-")
    folder = Path(os.path.expanduser("~/.pulumi/plugins")) / f"{name}-v{tool.version}"  # noqa: PTH111 - unlike Path's it doesn't raise without a home
    # Pulumi leaves this mark beside a plugin while it installs it.
    unfinished = folder.with_name(f"{folder.name}.partial").exists()
    return folder if cache.has_all(tool, folder) and not unfinished else None


def _on_path(tool: Tool) -> Path | None:
    first = shutil.which(tool.binaries[0].name)
    if not first:
        return None
    folder = Path(first).absolute().parent
    # What another checkout built, perhaps from other sources, is known by its digest alone.
    if folder.resolve().is_relative_to(cache.tools_folder().resolve()):
        return None
    if not cache.has_all(tool, folder):
        return None
    version = _version(Path(first), tool.version_command)
    return folder if version and _accepts(tool, version) else None


def _accepts(tool: Tool, version: tuple[int, ...]) -> bool:
    ours = _parse(tool.version)
    match tool.installed:
        case Installed.NOT_OLDER:
            return ours is not None and version[0] == ours[0] and version >= ours
        case Installed.SAME_MAJOR:
            return ours is not None and version[0] == ours[0]
        case _:
            return version == ours


def _version(binary: Path, command: tuple[str, ...]) -> tuple[int, ...] | None:
    """What a binary says of itself; None when it says nothing usable, for whatever reason."""
    with tempfile.TemporaryDirectory() as scratch:
        # Even `pulumi version` looks for updates and writes a log; not in the person's home.
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
                timeout=_SECONDS_TO_ANSWER,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return _parse(answer.stdout)


def _parse(text: str) -> tuple[int, ...] | None:
    match = _VERSION.search(text)
    return tuple(int(number) for number in match.groups()) if match else None
