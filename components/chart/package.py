"""The chart as a pinned package: found, downloaded once, verified on every use, and read."""

import hashlib
import tarfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import yaml

from components.cache import CACHE_VARIABLE, user_cache_folder
from components.fast_yaml import load_yaml
from components.files import PARTIAL, write_atomically
from components.inputs.spec import ChartSource
from components.messages import origin, reason_of, redact

ABANDONED = 3600
"""Seconds after which a partial file in the cache is left over from a process that was killed."""
_TEXT_SUFFIXES = (".yaml", ".yml", ".tpl", ".txt")


@dataclass(frozen=True)
class Chart:
    """A chart on this machine, verified if it is pinned."""

    path: Path
    """Its package or its folder."""
    version: str
    app_version: str
    """The version of Rocket.Chat that it was made for."""


def load_chart(source: ChartSource, base: Path) -> Chart:
    """Returns the chart from `source.path` or the cache, into which it is downloaded if necessary.

    Args:
        source: What the input `chart` says.
        base: The folder that `source.path` is relative to.

    Raises:
        pulumi.RunError: If the chart can't be found, downloaded or read, or isn't what was pinned.
    """
    if source.path is None:
        return _read_chart(_cached_package(source))
    shown = redact(source.path)
    try:
        path = (base / source.path).resolve(strict=True)
        content = None if path.is_dir() else _read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise pulumi.RunError(
            f"chart.path: {shown} can't be read ({reason_of(error)}). Give the path of a chart's"
            " package (.tgz) or folder, relative to the program's folder.",
        ) from error
    if source.digest is not None:
        if content is None:
            raise pulumi.RunError(
                f"chart.digest: {shown} is a folder, and only a package has a digest."
                " Remove chart.digest, or give the package.",
            )
        _verify(content, source.digest, shown)
    return _read_chart(path)


def keep_package(content: bytes) -> str:
    """Puts a package into the cache, and returns its SHA-256.

    Raises:
        OSError: If it can't be written.
        pulumi.RunError: If there is no folder for the cache.
    """
    digest = _sha256(content)
    folder = packages_folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{digest}.tgz", content)
    return digest


def packages_folder() -> Path:
    """The folder for downloaded packages, which are named after their digests.

    Raises:
        pulumi.RunError: If the user has no home folder to put it in.
    """
    folder = user_cache_folder()
    if folder is None:
        raise pulumi.RunError(
            "chart: there is no folder to keep the package in: HOME isn't set, and the system knows"
            f" no home of yours. Set HOME, or {CACHE_VARIABLE} to a folder that can be written to.",
        )
    return folder / "charts"


def chart_texts(chart: Path, only: str | None = None) -> dict[str, str]:
    """Returns the chart's text files, its subcharts' included, by their paths from its root.

    Args:
        chart: The chart's package or folder.
        only: The path of a single file to read.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    try:
        if chart.is_dir():
            return {
                file.relative_to(chart).as_posix(): file.read_text("utf-8", errors="replace")
                for file in sorted(chart.glob(only or "**/*"))
                if file.suffix in _TEXT_SUFFIXES and file.is_file()
            }
        texts = {}
        with tarfile.open(chart, "r:gz") as package:
            for member in package:
                name = member.name.partition("/")[2]
                wanted = name == only if only else name.endswith(_TEXT_SUFFIXES)
                file = package.extractfile(member) if wanted and member.isfile() else None
                if file is not None:
                    texts[name] = file.read().decode("utf-8", "replace")
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise _damaged(chart, error) from error
    return texts


def parse_yaml(text: str, chart: Path) -> object:
    """Returns what a YAML file of the chart contains.

    Raises:
        pulumi.RunError: If it isn't YAML.
    """
    try:
        return load_yaml(text)
    # PyYAML raises a ValueError for a date or a number that is none.
    except (yaml.YAMLError, ValueError) as error:
        raise _damaged(chart, error) from error


def _read_file(path: Path) -> bytes:
    # Reading a pipe or a device might never end.
    if not path.is_file():
        raise ValueError("neither a file nor a folder")
    return path.read_bytes()


def _cached_package(source: ChartSource) -> Path:
    if source.digest is None:
        raise AssertionError("chart_source() pins every version")
    folder = packages_folder()
    package = folder / f"{source.digest}.tgz"
    try:
        if package.exists() and _sha256(package.read_bytes()) == source.digest:
            return package
        # Imported only here: with the package in the cache, a preview starts faster.
        from components.chart.repository import download  # noqa: PLC0415

        content = download(source.repository, source.version)
        _verify(
            content, source.digest, f"version {source.version} from {origin(source.repository)}"
        )
        keep_package(content)
        _remove_abandoned_files(folder)
    except OSError as error:
        raise pulumi.RunError(
            f"chart: the package can't be kept in {folder} ({reason_of(error)}). Free some space or"
            f" make the folder writable, or set {CACHE_VARIABLE} to another folder.",
        ) from error
    return package


def _remove_abandoned_files(folder: Path) -> None:
    for partial in folder.glob(f"*{PARTIAL}"):
        try:
            if time.time() - partial.stat().st_mtime > ABANDONED:
                partial.unlink()
        except FileNotFoundError:
            continue  # another process was faster


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _verify(content: bytes, digest: str, package: str) -> None:
    actual = _sha256(content)
    if actual != digest:
        raise pulumi.RunError(
            f"chart.digest: the package of {package} has SHA-256 {actual}, and {digest} is pinned:"
            " it is another package, or incomplete. Nothing of it was kept. Check where it comes"
            " from; pin the new digest only if you trust it.",
        )


def _read_chart(path: Path) -> Chart:
    metadata = parse_yaml(chart_texts(path, only="Chart.yaml").get("Chart.yaml", ""), path)
    if not isinstance(metadata, Mapping) or metadata.get("name") != "rocketchat":
        raise pulumi.RunError(
            f"chart.path: {path.name} isn't the chart rocketchat. Give its package or its folder.",
        )
    return Chart(path, str(metadata.get("version", "")), str(metadata.get("appVersion", "")))


def _damaged(chart: Path, error: Exception) -> pulumi.RunError:
    return pulumi.RunError(
        f"chart.path: {chart.name} isn't a complete chart ({reason_of(error)}). Download it again.",
    )
