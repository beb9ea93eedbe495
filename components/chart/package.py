"""The chart as a pinned package: found, fetched once, verified on every use, and read."""

import gzip
import hashlib
import re
import tarfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import yaml

from components.cache import CACHE_VARIABLE, user_cache_folder
from components.files import PARTIAL, write_atomically
from components.inputs.ownership import Known
from components.inputs.spec import ChartSource
from components.messages import origin, reason_of, redact

MOST_TEXT = 2**20
"""Bytes; more than this is no file that says what a chart reads."""
MOST_UNPACKED = 32 * 2**20
"""Bytes; more than this is no chart, whose package unpacks to little more than 1 MiB."""
ABANDONED = 3600
"""Seconds after which nobody is still writing a file of the cache."""
_READ = re.compile(r"\.Values\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
_FIELD = re.compile(r"[.\"]([A-Za-z][A-Za-z0-9_]*)")
_TEXTS = (".yaml", ".yml", ".tpl", ".txt")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C is ten times as fast, and not everywhere."""
_NO_YAML = (yaml.YAMLError, ValueError, RecursionError)
"""What PyYAML raises for a text that isn't YAML, or holds a date or number that isn't one."""
_CHARTS = {"": "", "nats": "charts/nats/"}
"""Folders inside the package that read values, by the key that their values are below."""


@dataclass(frozen=True)
class Chart:
    """A chart that is there, whole and as pinned."""

    path: Path
    version: str
    app_version: str

    def known(self) -> Known:
        """The keys that its values may have: those it has defaults for and those it reads."""
        files = _files(self.path)
        known: Known = {}
        for below, name in _CHARTS.items():
            root = known if not below else known.setdefault(below, {})
            values = files.get(f"{name}values.yaml")
            if values:
                _learn(root, _yaml(values, self.path), {})
            for path, text in files.items():
                if path.startswith(f"{name}templates/"):
                    for found in _READ.findall(text):
                        _learn_path(root, found.split("."))
        return known

    def fields(self) -> frozenset[str]:
        """Every name that its templates read a field by, of whatever.

        Templates also come to values by loops and variables, which only Helm can follow; a key by
        none of these names is read by none of them.
        """
        texts = (text for path, text in _files(self.path).items() if "templates/" in path)
        return frozenset(name for text in texts for name in _FIELD.findall(text))


def load_chart(source: ChartSource, base: Path) -> Chart:
    """The chart, from its path below `base` or from the cache, fetched into it if need be.

    Raises `pulumi.RunError` where it isn't there, can't be had, or isn't what was pinned.
    """
    if source.path is None:
        return _read(_fetched(source))
    given = redact(source.path)
    try:
        path = (base / source.path).resolve(strict=True)
        content = None if path.is_dir() else _content(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise pulumi.RunError(
            f"chart.path: {given} can't be read ({reason_of(error)}). Give the path of a chart's package"
            " (.tgz) or folder, relative to the program's folder.",
        ) from error
    if source.digest is not None:
        if content is None:
            raise pulumi.RunError(
                f"chart.digest: {given} is a folder, and only a package has a digest."
                " Remove chart.digest, or give the package.",
            )
        _verify(content, source.digest, given)
    return _read(path)


def _content(path: Path) -> bytes:
    # A pipe would never end, and neither would some devices.
    if not path.is_file():
        raise ValueError("neither a file nor a folder")
    if path.stat().st_size > MOST_UNPACKED:
        raise ValueError(f"larger than {MOST_UNPACKED >> 20} MiB")
    return path.read_bytes()


def packages_folder() -> Path:
    """The folder that downloaded packages are kept in, by digest, for all checkouts.

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


def _fetched(source: ChartSource) -> Path:
    if source.digest is None:  # settled by source_of
        raise AssertionError(source)
    folder = packages_folder()
    package = folder / f"{source.digest}.tgz"
    try:
        if package.exists() and _sha256(package.read_bytes()) == source.digest:
            return package
        # Only where it is needed: a preview starts faster.
        from components.chart.repository import download  # noqa: PLC0415

        content = download(source.repository, source.version)
        whence = f"version {source.version} from {origin(source.repository)}"
        _verify(content, source.digest, whence)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(package, content)
        _tidy(folder)
    except OSError as error:
        raise pulumi.RunError(
            f"chart: the package can't be kept in {folder} ({reason_of(error)}). Make room or let"
            f" yourself write there, or set {CACHE_VARIABLE} to another folder.",
        ) from error
    return package


def _tidy(folder: Path) -> None:
    """Removes what processes that were killed have left half written."""
    for partial in folder.glob(f"*{PARTIAL}"):
        try:
            if time.time() - partial.stat().st_mtime > ABANDONED:
                partial.unlink()
        except FileNotFoundError:
            continue  # another process was faster


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _verify(content: bytes, digest: str, whence: str) -> None:
    came = _sha256(content)
    if came != digest:
        raise pulumi.RunError(
            f"chart.digest: the package of {whence} has SHA-256 {came}, and {digest} is pinned: it"
            " is another package, or not whole. Nothing of it was kept. Check where it comes from;"
            " pin the new digest only if you trust it.",
        )


def _read(path: Path) -> Chart:
    about = _yaml(_files(path, only="Chart.yaml").get("Chart.yaml", ""), path)
    if not isinstance(about, Mapping) or about.get("name") != "rocketchat":
        raise pulumi.RunError(
            f"chart.path: {path.name} isn't the chart rocketchat. Give its package or its folder.",
        )
    return Chart(path, str(about.get("version", "")), str(about.get("appVersion", "")))


class _Unpacked(gzip.GzipFile):
    """A package as a tar, up to a limit: 10 MB of it can hold 10 GB."""

    def read(self, size: int | None = -1) -> bytes:
        """As any file does."""
        piece = super().read(size)
        if self.tell() > MOST_UNPACKED:
            raise pulumi.RunError(
                f"chart: the package unpacks to more than {MOST_UNPACKED >> 20} MiB, and so is no"
                " chart of Rocket.Chat. Check where it comes from.",
            )
        return piece


def _yaml(text: str, path: Path) -> object:
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe one
    except _NO_YAML as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> pulumi.RunError:
    return pulumi.RunError(
        f"chart.path: {path.name} isn't a whole chart ({reason_of(error)}). Download it again.",
    )


def _files(path: Path, only: str | None = None) -> dict[str, str]:
    """The texts that say what a chart reads, by their paths from its root; `only` one of them."""
    try:
        if path.is_dir():
            return {
                file.relative_to(path).as_posix(): file.read_text(
                    encoding="utf-8", errors="replace"
                )
                for file in sorted(path.glob(only or "**/*"))
                if file.suffix in _TEXTS and file.is_file()
            }
        texts = {}
        # As a stream, which never goes back: a damaged one could for ever.
        with _Unpacked(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as package:
            for member in package:
                _, _, name = member.name.partition("/")
                wanted = name == only if only else Path(name).suffix in _TEXTS
                if wanted and member.isfile() and member.size <= MOST_TEXT:
                    held = package.extractfile(member)
                    texts[name] = held.read().decode("utf-8", "replace") if held else ""
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error
    return texts


def _learn(known: Known, values: object, learned: dict[int, Known]) -> None:
    """Adds the keys of `values`; a map that aliases repeat is in `learned`, and is one there too.

    A few hundred bytes of aliases can stand for more keys than there is memory for.
    """
    if not isinstance(values, Mapping):
        return
    learned[id(values)] = known
    for key, value in values.items():
        if id(value) in learned:
            known.setdefault(str(key), learned[id(value)])
        else:
            _learn(known.setdefault(str(key), {}), value, learned)


def _learn_path(known: Known, keys: list[str]) -> None:
    for key in keys:
        known = known.setdefault(key, {})
