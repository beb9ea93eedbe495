"""Downloads official releases into the cache, verified against their published checksums."""

import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from tools.errors import ToolError
from tools.toolchain import cache
from tools.toolchain.catalogue import Tool
from tools.toolchain.choice import VARIABLE
from tools.toolchain.progress import Display, format_duration, format_remaining

MIRROR_VARIABLE = "ROCKETCHAT_PULUMI_MIRROR"
"""The environment variable that names a mirror, whose `HOST/PATH` is `https://HOST/PATH`."""
CONNECT_SECONDS = 5.0
"""How long a connection can take."""
STALL_SECONDS = 10.0
"""How long a host can send nothing, its name not being resolved included."""
MINIMUM_RATE = 50_000
"""The bytes per second below which building is as fast."""
PATIENCE_SECONDS = 30.0
"""How long a download can be slower than that."""
ATTEMPTS = 3
"""How often a download that breaks off is begun."""
PAUSE_SECONDS = 1.0
"""How long it isn't begun again then."""
_POLL_SECONDS = 0.05
_ARCHITECTURES = ("amd64", "arm64")


class Obstacle(NamedTuple):
    """Why a release can't be had."""

    place: str
    """The host, or the file."""
    reason: str


class UnavailableError(Exception):
    """A release can't be had from its host, for the reason given."""


@dataclass(frozen=True)
class _Location:
    """Where a tool's release for this machine is."""

    url: str
    checksums: str
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


class _Transfer:
    """A file that a thread receives; the thread ends with the process, whatever the host does."""

    def __init__(self, client: httpx.Client, url: str, path: Path) -> None:
        self.host = urlsplit(url).hostname or url
        self.path = path
        self.received = 0
        self.size = 0
        """Its size as the host states it; 0 as long as it doesn't."""
        self.digest = ""
        """Its SHA-256, once it is there."""
        self.error: Exception | None = None
        self.given_up = False
        self._client = client
        self._url = url
        self._started = self._active = monotonic()
        Thread(target=self._run, daemon=True).start()

    @property
    def running(self) -> bool:
        return not self.digest and not self.error

    def check(self, *, patient: bool) -> None:
        """Gives the transfer up if its host takes too long."""
        now = monotonic()
        if not self.running:
            return
        if now - self._active > STALL_SECONDS:
            self._give_up(_silence())
        elapsed = now - self._started
        if not patient and elapsed > PATIENCE_SECONDS and self.received < MINIMUM_RATE * elapsed:
            self._give_up(f"it sends {self.received / elapsed / 1000:.0f} kB/s")

    def _give_up(self, reason: str) -> None:
        self.given_up = True
        self.error = UnavailableError(reason)

    def _run(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.digest = self._receive()
            except (httpx.ReadError, httpx.RemoteProtocolError) as error:
                if attempt < ATTEMPTS and not self.given_up:
                    sleep(PAUSE_SECONDS)
                    continue
                self.error = self.error or UnavailableError(_reason(error))
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, UnavailableError) as error:
                self.error = self.error or UnavailableError(_reason(error))
            except Exception as error:  # noqa: BLE001 - the main thread raises it
                self.error = error
            return

    def _receive(self) -> str:
        self.received = self.size = 0
        digest = sha256()
        with self._client.stream("GET", _at_mirror(self._url)) as response:
            response.raise_for_status()
            if response.headers.get("content-type", "").startswith("text/html"):
                raise UnavailableError("it answers with a web page")
            self.size = int(response.headers.get("content-length", 0))
            with self.path.open("wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
                    digest.update(chunk)
                    self.received += len(chunk)
                    self._active = monotonic()
                    if self.given_up:
                        break
        return digest.hexdigest()


def download(tools: Sequence[Tool], display: Display, *, patient: bool) -> dict[Tool, Obstacle]:
    """Downloads the tools whose releases can be had into the cache, each as a whole or not at all.

    The caller must hold the lock on the cache.

    Args:
        tools: What to download.
        display: Where to show it.
        patient: Whether to wait for a slow host.

    Returns:
        What is in the way of each of the others.

    Raises:
        ToolError: If a file isn't the one that was published.
        OSError: If the cache can't be written to.
    """
    try:
        client = _client()
    except UnavailableError as error:
        return dict.fromkeys(tools, Obstacle("HTTPS", str(error)))
    with client, cache.unfinished() as scratch:
        downloads = _Downloads(client, scratch, display, patient=patient)
        try:
            downloads.run(tools)
        finally:
            downloads.give_up()
    return downloads.unavailable


class _Downloads:
    """The downloads of several tools, all at the same time."""

    def __init__(
        self,
        client: httpx.Client,
        scratch: Path,
        display: Display,
        *,
        patient: bool,
    ) -> None:
        self.unavailable: dict[Tool, Obstacle] = {}
        self._client = client
        self._scratch = scratch
        self._display = display
        self._patient = patient
        self._transfers: list[_Transfer] = []
        self._begin = monotonic()

    def run(self, tools: Sequence[Tool]) -> None:
        locations = {}
        for tool in tools:
            try:
                locations[tool] = _locate(tool)
            except UnavailableError as error:
                self.unavailable[tool] = Obstacle(tool.name, str(error))
        digests = self._published_digests(locations)
        files = {tool: self._start(locations[tool].url, f"{tool.name}.release") for tool in digests}
        for tool in self._finished(files):
            self._unpack(tool, locations[tool], files[tool], digests[tool])

    def give_up(self) -> None:
        for transfer in self._transfers:
            transfer.given_up = True

    def _start(self, url: str, name: str) -> _Transfer:
        transfer = _Transfer(self._client, url, self._scratch / name)
        self._transfers.append(transfer)
        return transfer

    def _published_digests(self, locations: Mapping[Tool, _Location]) -> dict[Tool, str]:
        """The published SHA-256 of each release; where it can't be had, the reason is noted."""
        urls = dict.fromkeys(location.checksums for location in locations.values())
        documents = {url: self._start(url, f"{i}.checksums") for i, url in enumerate(urls)}
        digests = {}
        for tool in self._finished(
            {tool: documents[location.checksums] for tool, location in locations.items()}
        ):
            location = locations[tool]
            transfer = documents[location.checksums]
            try:
                digests[tool] = _published_digest(transfer.path.read_bytes(), location.name)
            except ValueError as error:
                self.unavailable[tool] = Obstacle(transfer.host, str(error))
        return digests

    def _finished(self, transfers: Mapping[Tool, _Transfer]) -> Iterator[Tool]:
        """Yields the tools whose transfers succeed, as they do; the others' reasons are noted."""
        waiting = dict(transfers)
        while waiting:
            for tool, transfer in list(waiting.items()):
                transfer.check(patient=self._patient)
                if transfer.running:
                    continue
                del waiting[tool]
                if not transfer.error:
                    yield tool
                elif isinstance(transfer.error, UnavailableError):
                    self.unavailable[tool] = Obstacle(transfer.host, str(transfer.error))
                else:
                    raise transfer.error
            self._show(list(waiting), list(transfers.values()))
            sleep(_POLL_SECONDS)

    def _show(self, waiting: Sequence[Tool], transfers: Sequence[_Transfer]) -> None:
        received = sum(transfer.received for transfer in transfers)
        size = sum(transfer.size for transfer in transfers)
        if not size or not waiting:
            return
        elapsed = monotonic() - self._begin
        left = (size - received) * elapsed / received if received else 0.0
        names = ", ".join(tool.name for tool in waiting)
        self._display.show(
            f"Downloading {names} ({len(waiting)} left)",
            received / size,
            f"{received / 1e6:.0f} of {size / 1e6:.0f} MB, {format_remaining(left)}",
        )

    def _unpack(self, tool: Tool, location: _Location, file: _Transfer, digest: str) -> None:
        if file.digest != digest:
            raise ToolError(
                f"{tool.label}: {location.url} has SHA-256 {file.digest}, and {digest} was"
                " published: it is another file, or incomplete. Nothing of it was kept. Run this"
                f" again, or build it from source with {VARIABLE}=build."
            )
        folder = self._scratch / tool.name
        folder.mkdir()
        if location.members:
            try:
                _extract(file.path, location.members, folder)
            except (tarfile.TarError, zlib.error, EOFError, KeyError) as error:
                self.unavailable[tool] = Obstacle(location.name, str(error))
                return
        else:
            file.path.replace(folder / tool.binaries[0].name)
        if not cache.keep(tool, folder, f"{location.url} (SHA-256 {digest})"):
            self.unavailable[tool] = Obstacle(location.name, f"{tool.name} isn't in it")
            return
        duration = format_duration(monotonic() - self._begin)
        self._display.say(f"Downloaded {tool.label}; {duration} so far.")


def _locate(tool: Tool) -> _Location:
    """Where a tool's release for this machine is.

    Raises:
        UnavailableError: If there is none.
    """
    system, architecture = cache.target()
    release = tool.release
    if system not in release.systems or architecture not in _ARCHITECTURES:
        raise UnavailableError(f"no release for {system}/{architecture}")
    names = {
        "version": tool.version,
        "os": system,
        "arch": release.amd64 if architecture == "amd64" else architecture,
    }
    return _Location(
        url=release.url.format(**names),
        checksums=release.checksums.format(**names),
        members=tuple(member.format(**names) for member in release.members),
    )


def _published_digest(document: bytes, name: str) -> str:
    """The SHA-256 of a file in GitHub's account of a release, or in a list of checksums.

    Raises:
        ValueError: If the document says nothing about the file.
    """
    text = document.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        assets = json.loads(text).get("assets", [])
        digests = [asset.get("digest") for asset in assets if asset.get("name") == name]
        found = re.fullmatch(r"sha256:([0-9a-f]{64})", str(digests[0]) if digests else "")
    else:
        # A lone digest, or lines as sha256sum prints them.
        found = re.fullmatch(r"([0-9a-fA-F]{64})\s*", text) or re.search(
            rf"^([0-9a-fA-F]{{64}})\s+\*?(?:\./)?{re.escape(name)}\s*$", text, re.MULTILINE
        )
    if not found:
        raise ValueError(f"no SHA-256 of {name} is published there")
    return found[1].lower()


def _extract(archive: Path, members: Sequence[str], folder: Path) -> None:
    with tarfile.open(archive, "r:gz") as tar:
        for member in members:
            content = tar.extractfile(member)
            if content is None:
                raise KeyError(f"{member} isn't a file")
            with content, (folder / member.rpartition("/")[2]).open("wb") as file:
                shutil.copyfileobj(content, file)


def _client() -> httpx.Client:
    try:
        return httpx.Client(
            follow_redirects=True,
            timeout=httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS),
            event_hooks={"request": [_refuse_plain_http]},
            # The digest is that of the file as it was published.
            headers={"Accept-Encoding": "identity"},
        )
    except (ValueError, ImportError, OSError) as error:
        raise UnavailableError(
            f"HTTPS_PROXY, ALL_PROXY or SSL_CERT_FILE is unusable: {_reason(error)}"
        ) from error


def _at_mirror(url: str) -> str:
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    return f"{mirror}/{url.removeprefix('https://')}" if mirror else url


def _refuse_plain_http(request: httpx.Request) -> None:
    """Refuses a redirect that leads away from TLS. A mirror's own URL is taken as it is."""
    if request.url.scheme != "https" and not os.environ.get(MIRROR_VARIABLE):
        raise UnavailableError(f"it leads to {request.url.host} without TLS")


def _silence() -> str:
    return f"it has sent nothing for {STALL_SECONDS:g} s"


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ReadTimeout):
        return _silence()
    if isinstance(error, httpx.HTTPStatusError):
        return f"{error.response.status_code} {error.response.reason_phrase}"
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
