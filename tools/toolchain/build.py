"""Builds tools from their Go modules into the cache."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import IO

from tools.errors import ToolError
from tools.toolchain import cache, failure, golang
from tools.toolchain.catalogue import Tool
from tools.toolchain.progress import Display, format_duration, format_remaining

GO_FLAGS = "-mod=readonly -trimpath -buildvcs=false -gcflags=all=-dwarf=false"
"""Debug information, which isn't linked either, takes 7% of the time to compile."""
_POLL_SECONDS = 0.1
_MAX_RUNNING = 2
"""One module that links, and one that is compiled."""
_CORE_SECONDS_PER_MB = 4.0
"""How long a core takes for a MB of source, measured. The first estimate follows from it."""
_PRIOR_MB = 10.0
"""How much is compiled before this machine's own pace counts as much as that one."""
_LINK_MB = 3.0
"""The source that takes as long to compile as a binary takes to link."""
SOURCE_MB = {"engine": 77.0, "provider": 63.0, "cluster": 104.0}
"""The source of each module's packages, until Go has listed them."""
_LIST_FORMAT = '{{.ImportPath}}\t{{.Stale}}\t{{.Dir}}\t{{join .GoFiles ","}}'


def build(tools: Sequence[Tool], display: Display) -> None:
    """Builds tools. The caller must hold the lock on the cache.

    The tools of a module are built together, so that what they share is compiled once, and one is
    compiled while another links. The next module begins where one has only linking left. Each tool
    is put into the cache as a whole.

    Args:
        tools: What to build.
        display: Where to show it.

    Raises:
        ToolError: If there is no Go and none can be installed, or a build fails. The message names
            the build's log and quotes the end of it.
        OSError: If the cache can't be written to.
    """
    go = golang.find_go()
    if go is None:
        display.say("Installing Go in this environment: none on PATH is new enough.")
        go = golang.install_go()
    modules = dict.fromkeys(tool.module for tool in tools)
    with cache.unfinished() as scratch, ThreadPoolExecutor(1) as lister:
        builds = [
            _ModuleBuild([tool for tool in tools if tool.module == module], go, scratch / module)
            for module in modules
        ]
        try:
            # A module's sources are downloaded while another is compiled.
            for module in builds:
                module.listing = lister.submit(module.list_packages)
            _run(builds, display)
        finally:
            for module in builds:
                module.end()


class _ModuleBuild:
    """The build of some of a module's tools."""

    def __init__(self, tools: Sequence[Tool], go: str, folder: Path) -> None:
        self.tools = tools
        self.listing: Future[None]
        self.total_mb = SOURCE_MB[tools[0].module]
        self.compiled_mb = 0.0
        self.started = False
        self.finished = False
        self._binaries = [binary for tool in tools for binary in tool.binaries]
        self._go = go
        self._folder = folder
        self._log = cache.log_path(tools[0].module)
        self._sizes: dict[str, float] = {}
        """The MB of each package that isn't in Go's cache."""
        self._process: subprocess.Popen[str] | None = None
        self._reader: Thread | None = None
        self._ended = False
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")

    @property
    def labels(self) -> str:
        return ", ".join(tool.label for tool in self.tools)

    @property
    def compiles(self) -> bool:
        """Whether more is left than linking."""
        return self.compiled_mb < sum(self._sizes.values())

    def list_packages(self) -> None:
        """Finds out what is to be compiled, for which Go downloads the sources."""
        packages = [binary.package for binary in self._binaries]
        sizes = {}
        for line in self._output("list", "-deps", "-f", _LIST_FORMAT, *packages).splitlines():
            path, stale, folder, files = line.split("\t")
            if stale == "true":
                sizes[path] = sum(
                    (Path(folder) / file).stat().st_size for file in files.split(",") if file
                )
        self._sizes = {path: size / 1e6 for path, size in sizes.items()}
        self.total_mb = sum(self._sizes.values()) + _LINK_MB * len(self._binaries)

    def start(self) -> None:
        """Starts to compile."""
        self.started = True
        self._folder.mkdir()
        flags = [f"-ldflags={binary.package}={binary.linker_flags}" for binary in self._binaries]
        packages = [binary.package for binary in self._binaries]
        arguments = ("build", "-v", *flags, "-o", f"{self._folder}/", *packages)
        self._process = self._start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def poll(self) -> bool:
        """Returns whether Go has finished.

        Raises:
            ToolError: If the build has failed.
        """
        if self._process is None or self._reader is None:
            raise AssertionError("start() comes first")
        if self._process.poll() is None:
            return False
        self._reader.join()
        if self._process.returncode:
            raise self._failure(self._process.returncode)
        return True

    def keep(self) -> None:
        """Puts the tools into the cache.

        Raises:
            ToolError: If a binary is missing.
        """
        origin = f"built with {self._output('env', 'GOVERSION').strip()}"
        for tool in self.tools:
            folder = self._folder / f"{tool.name}-{tool.version}"
            folder.mkdir()
            for binary in tool.binaries:
                built = self._folder / binary.default_name
                if built.is_file():
                    built.replace(folder / binary.name)
            for file in tool.files:
                module = self._output("list", "-m", "-f", "{{.Dir}}", file.module).strip()
                shutil.copyfile(Path(module) / file.path, folder / Path(file.path).name)
            if not cache.keep(tool, folder, origin):
                raise self._failure(0)
        self._log.unlink()
        self.finished = True

    def end(self) -> None:
        """Ends what is still running."""
        self._ended = True
        self.listing.cancel()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        if self._reader:
            self._reader.join()

    def _read(self) -> None:
        """Reads what Go writes: the packages as it begins to compile them, and errors."""
        if self._process is None or self._process.stderr is None:
            raise AssertionError("start() comes first")
        sizes = dict(self._sizes)
        with self._process.stderr as lines, self._log.open("a", encoding="utf-8") as log:
            for line in lines:
                size = sizes.pop(line.rstrip("\n"), None)
                if size is None:
                    log.write(line)
                    log.flush()
                else:
                    self.compiled_mb += size

    def _output(self, *arguments: str) -> str:
        """Runs Go and returns its stdout; its stderr goes to the log."""
        with self._log.open("a") as log:
            self._process = process = self._start(*arguments, stdout=subprocess.PIPE, stderr=log)
            if self._ended:
                process.terminate()
            output, _ = process.communicate()
        if process.returncode:
            raise self._failure(process.returncode)
        return output

    def _start(self, *arguments: str, stdout: int, stderr: int | IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._go, *arguments],
            cwd=self.tools[0].module_folder,
            encoding="utf-8",
            errors="replace",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )

    def _failure(self, code: int) -> ToolError:
        return failure.build_failed(self.labels, self._log, code, golang.oldest_version())


def _run(builds: Sequence[_ModuleBuild], display: Display) -> None:
    begin = first_start = monotonic()
    waiting = list(builds)
    running: list[_ModuleBuild] = []
    while waiting or running:
        for module in list(running):
            if module.poll():
                module.keep()
                running.remove(module)
                duration = format_duration(monotonic() - begin)
                left = _left(builds)
                display.say(f"Built {module.labels}; {left or 'none'} left, {duration} so far.")
        if waiting and len(running) < _MAX_RUNNING and not any(m.compiles for m in running):
            listing = waiting[0].listing
            if listing.done():
                listing.result()
                if waiting == list(builds):
                    first_start = monotonic()
                running.append(waiting.pop(0))
                running[-1].start()
        compiling = any(module.started for module in builds)
        elapsed = monotonic() - first_start if compiling else 0.0
        _show(builds, running or waiting[:1], display, elapsed)
        sleep(_POLL_SECONDS)


def _show(
    builds: Sequence[_ModuleBuild],
    current: Sequence[_ModuleBuild],
    display: Display,
    elapsed: float,
) -> None:
    if not current:
        return
    total = sum(module.total_mb for module in builds)
    done = sum(module.total_mb if module.finished else module.compiled_mb for module in builds)
    # Until enough is compiled, the pace is mostly the one that was measured elsewhere.
    prior = _CORE_SECONDS_PER_MB / (os.cpu_count() or 1)
    pace = (elapsed + _PRIOR_MB * prior) / (done + _PRIOR_MB)
    verb = "Building" if current[0].started else "Downloading the sources of"
    names = ", ".join(tool.name for module in current for tool in module.tools)
    display.show(
        f"{verb} {names} ({_left(builds)} left)",
        done / total,
        f"{done / total:.0%}, {format_remaining((total - done) * pace)}",
    )


def _left(builds: Sequence[_ModuleBuild]) -> int:
    return sum(len(module.tools) for module in builds if not module.finished)


def _environment() -> dict[str, str]:
    """The person's own settings for Go, except those that would change the binaries."""
    goos, goarch = cache.target()
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOARCH": goarch,
        "GOFLAGS": GO_FLAGS,
        "GOOS": goos,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    if not environment.get("HOME"):
        # Go derives the folders of its caches from HOME, and fails without it.
        go = cache.cache_folder() / "go"
        environment.setdefault("GOCACHE", str(go / "build"))
        environment.setdefault("GOPATH", str(go))
    return environment
