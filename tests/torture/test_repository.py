"""The chart's repository with every fault that it can have, asked by real processes."""

import json
import os
import signal
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest
import yaml

from tests.support.components import ABOUT, packed, sha256
from tests.support.faulty_repository import (
    CACHED,
    MIB,
    PACKAGE,
    ChartLoader,
    FaultyRepository,
    Responder,
    close_early,
    delay,
    error_line,
    file_contents,
    gzipped,
    headers,
    never_respond,
    reset,
    respond,
    stream,
    trickle,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.simulation import SIMULATION_CHART
from tools.toolchain.cache import tools_folder

SECONDS = 1.0
"""The timeout of most processes, in place of the program's half minute."""
STARTUP = 20.0
"""Seconds that a process may take in addition, on a busy machine."""
UNREACHABLE = "can't be reached"
LATE = "didn't answer in full within 1 s"
NO_INDEX = "has no index of a Helm repository with the chart rocketchat"
WRONG_DIGEST = "is pinned: it is another package, or incomplete. Nothing of it was kept."
TOO_LARGE = "sends a file larger than 16 MiB"
MEMORY = 150
"""The limit on a process's memory in MiB; without a fault it needs some 60."""
PAGE = b"<html><head><title>Log in</title></head><body>Welcome to our Wi-Fi</body></html>"
LOADED = "chart 7.0.2\n"


@pytest.fixture
def loader(tmp_path: Path, repository: FaultyRepository) -> ChartLoader:
    repository.serve_chart()
    repository.requests.clear()
    return ChartLoader(tmp_path, repository, SECONDS)


def redirect(to: str) -> Responder:
    return respond(b"", "302 Found", Location=to)


@dataclass(frozen=True)
class Fault:
    """How the repository responds, and the words that a person reads about it."""

    responder: Responder
    words: str | tuple[str, str]
    """For the index and for the package, where they differ."""


GZIP_HEADER = gzipped([b""])[:10]
EMPTY_GZIP_BLOCK = b"\x00\x00\x00\xff\xff"
"""A block that isn't the last one."""
ZIP_BOMB = gzipped(repeat(bytes(MIB), 1024))
"""1 GiB in 1 MiB."""

FAULTS = {
    "never answers": Fault(never_respond, LATE),
    "a byte now and then": Fault(trickle(headers(), b"entries", 0.1), LATE),
    "headers byte by byte": Fault(trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"slow", 0.1), LATE),
    "many headers": Fault(trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), LATE),
    "gzip that never ends": Fault(
        trickle(headers(Content_Encoding="gzip") + GZIP_HEADER, EMPTY_GZIP_BLOCK, 0.05), LATE
    ),
    "redirects, each after a while": Fault(delay(redirect("?again"), 0.4), LATE),
    "reset in the middle": Fault(reset, UNREACHABLE),
    "closed at once": Fault(lambda *_: None, UNREACHABLE),
    "another protocol": Fault(
        lambda client, _: client.sendall(b"SSH-2.0-OpenSSH\r\n"), UNREACHABLE
    ),
    "500": Fault(respond(PAGE, "500 Internal Server Error"), f"{UNREACHABLE} (500 Internal"),
    "403": Fault(respond(PAGE, "403 Forbidden"), f"{UNREACHABLE} (403 Forbidden"),
    "404": Fault(respond(PAGE, "404 Not Found"), "has no such file (404 Not Found)"),
    "a captive portal": Fault(respond(PAGE, Content_Type="text/html"), (NO_INDEX, WRONG_DIGEST)),
    "a captive portal that redirects": Fault(redirect("/portal"), (NO_INDEX, WRONG_DIGEST)),
    "an empty file": Fault(respond(b""), (NO_INDEX, WRONG_DIGEST)),
    "cut short": Fault(close_early(PACKAGE[:-20], Content_Length=len(PACKAGE)), UNREACHABLE),
    "cut short, and no length": Fault(close_early(PACKAGE[:-20]), (NO_INDEX, WRONG_DIGEST)),
    "another package": Fault(
        respond(packed({**ABOUT, "evil.yaml": b"a: 1"})), (NO_INDEX, WRONG_DIGEST)
    ),
    "a redirect loop": Fault(redirect("?again"), UNREACHABLE),
    "a redirect to a file": Fault(redirect("file:///etc/passwd"), UNREACHABLE),
    "endless": Fault(stream(lambda: repeat(bytes(MIB))), TOO_LARGE),
    "a zip bomb": Fault(respond(ZIP_BOMB, Content_Encoding="gzip"), (NO_INDEX, WRONG_DIGEST)),
    "a zip bomb in a zip": Fault(
        respond(gzipped([gzipped(repeat(ZIP_BOMB, 64))]), Content_Encoding="gzip, gzip"),
        (NO_INDEX, WRONG_DIGEST),
    ),
}

PATHS = ("/index.yaml", "/chart.tgz")
SIMPLE = ("500", "403", "404", "an empty file", "closed at once", "another protocol")
"""Faults that other tests cover with a server in the program's own process."""
CASES = [
    pytest.param(name, path, id=f"{name} at {path}")
    for number, name in enumerate(FAULTS)
    if LONG or name not in SIMPLE
    # The short suite has each fault at one of the paths, in turn.
    for path in (PATHS if LONG else PATHS[number % 2 : number % 2 + 1])
]


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_fault_is_reported_in_time_and_leaves_nothing_in_the_cache(
    loader: ChartLoader, repository: FaultyRepository, name: str, path: str
) -> None:
    fault = FAULTS[name]
    repository.responders |= {
        "/portal": respond(PAGE),
        path: fault.responder,
        f"{path}?again": fault.responder,
    }
    result = loader.run(SECONDS + STARTUP)
    words = fault.words if isinstance(fault.words, str) else fault.words[PATHS.index(path)]
    assert words in error_line(result)
    assert loader.cached() == {}
    assert result.memory < MEMORY
    assert result.seconds < SECONDS + STARTUP
    if LONG:
        repository.serve_chart()
        assert loader.run().output == LOADED
        assert loader.cached() == CACHED


def _header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    """The header of a member of a package."""
    member = tarfile.TarInfo(f"rocketchat/{name}")
    member.size, member.type, member.linkname = size, kind, link
    return member.tobuf(tarfile.GNU_FORMAT)


def _file(name: str, content: bytes) -> bytes:
    return _header(name, len(content)) + content + bytes(-len(content) % 512)


LINKS_AND_DEVICES = (
    _header("templates/b.yaml", 0, tarfile.SYMTYPE, "/etc/passwd")
    + _header("templates/c.yaml", 0, tarfile.LNKTYPE, "../../../../../../etc/passwd")
    + _header("templates/d.yaml", 0, tarfile.CHRTYPE)
    + _header("templates/e.yaml", 0, tarfile.FIFOTYPE)
)
END = bytes(1024)
CHART = b"".join(_file(name, content) for name, content in ABOUT.items())
INCOMPLETE = "isn't a complete chart"
PACKAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "cut short": (lambda: gzipped([CHART, END])[:-30], INCOMPLETE),
    "an HTML page": (lambda: PAGE, INCOMPLETE),
    "a chart with paths and links out of its folder": (
        lambda: gzipped(
            [
                CHART,
                _file("../../outside.yaml", b"a: 1"),
                _file("templates/../../../outside.yaml", b"a: 1"),
                LINKS_AND_DEVICES,
                END,
            ]
        ),
        "",
    ),
}
"""Files that somebody has pinned by their digests, each with the words of its refusal."""


@pytest.mark.parametrize("name", PACKAGES)
def test_a_pinned_file_is_read_or_refused_and_nothing_is_written_elsewhere(
    loader: ChartLoader, repository: FaultyRepository, name: str
) -> None:
    make, words = PACKAGES[name]
    package = make()
    digest = sha256(package)
    repository.serve_chart(package)
    loader.timeout = 0
    result = loader.run(30, digest=digest)
    if words:
        assert words in error_line(result)
    else:
        assert (result.code, result.output) == (0, LOADED)
    assert file_contents(loader.folder) == {f"cache/charts/{digest}.tgz": package}


def test_a_repository_that_does_not_exist_is_reported(loader: ChartLoader) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        assert "Connection refused" in error_line(loader.run(repository=url))
    assert loader.cached() == {}
    assert loader.run().code == 0


@pytest.mark.skipif(not LONG, reason="takes as long as a person has to wait")
@pytest.mark.parametrize("name", ["never answers", "headers byte by byte"])
def test_nobody_waits_longer_than_half_a_minute(
    loader: ChartLoader, repository: FaultyRepository, name: str, figure: Figure
) -> None:
    repository.responders["/chart.tgz"] = FAULTS[name].responder
    loader.timeout = 0
    result = loader.run(30 + STARTUP)
    assert "didn't answer in full within 30 s" in error_line(result)
    figure("Faults", f"the repository: {name}", f"told after {result.seconds:.1f} s")


LARGE_PACKAGE = packed({**ABOUT, "noise.bin": os.urandom(15 * MIB)})
"""Takes long enough to write for the process to be killed meanwhile."""


@pytest.mark.parametrize("number", [2, 8] if LONG else [8])
def test_concurrent_processes_can_fill_the_same_cache(
    loader: ChartLoader, repository: FaultyRepository, number: int, figure: Figure
) -> None:
    # All of them have started before the first one has the package.
    repository.responders["/chart.tgz"] = delay(respond(PACKAGE), 1.5)
    loader.timeout = 0
    started = time.monotonic()
    with ThreadPoolExecutor(number) as pool:
        results = list(pool.map(lambda _: loader.run(), range(number)))
    assert [(result.code, result.output) for result in results] == [(0, LOADED)] * number
    assert loader.cached() == CACHED
    figure(
        "Faults",
        f"{number} processes fill one empty cache at once",
        f"all have the chart after {time.monotonic() - started:.1f} s, by"
        f" {repository.requests.count('/chart.tgz')} downloads",
    )


@pytest.mark.parametrize("attempt", range(10 if LONG else 1))
def test_a_process_that_is_killed_while_it_writes_does_not_affect_others(
    loader: ChartLoader, repository: FaultyRepository, attempt: int
) -> None:
    del attempt
    repository.serve_chart(LARGE_PACKAGE)
    digest = sha256(LARGE_PACKAGE)
    loader.timeout = 0
    assert _kill_while_writing(loader, digest) == -signal.SIGKILL
    partial = loader.cached()
    assert all(name.endswith(".partial") for name in partial)
    with ThreadPoolExecutor(2) as pool:
        others = list(pool.map(lambda _: loader.run(digest=digest), range(2)))
    assert [result.output for result in others] == [LOADED] * 2
    assert loader.cached() == {**partial, f"{digest}.tgz": LARGE_PACKAGE}
    # An hour later no process is still writing it, and the next one that writes removes it.
    for name in partial:
        os.utime(loader.cache / name, (0, 0))
    repository.serve_chart()
    assert loader.run().code == 0
    assert loader.cached() == {**CACHED, f"{digest}.tgz": LARGE_PACKAGE}


def _kill_while_writing(loader: ChartLoader, digest: str) -> int:
    """Kills a process once there is a partial file, and returns its exit status."""
    for _ in range(20):
        with subprocess.Popen(
            loader.command(loader.chart_input(digest)),
            env=loader.environment(),
            cwd=loader.folder,
            stdout=subprocess.DEVNULL,
        ) as process:
            while process.poll() is None and not any(loader.cache.glob("*.partial")):
                pass
            process.kill()
        if any(loader.cache.glob("*.partial")):
            return process.returncode
        # It was faster.
        (loader.cache / f"{digest}.tgz").unlink()
    raise AssertionError("no process was killed while it was writing")


CHART_FILES = {
    str(file.relative_to(SIMULATION_CHART)): file.read_bytes()
    for file in sorted(SIMULATION_CHART.rglob("*"))
    if file.is_file()
}
OUTSIDE = "root:x:0"
"""Part of the file that the links in a package lead to."""
HOSTILE = {
    "a file above the chart": (_file("../../outside.yaml", b"a: 1"), "parent directory"),
    "links and devices": (LINKS_AND_DEVICES, ""),
}
PREVIEWED = HOSTILE if LONG else ["a file above the chart"]


@pytest.mark.engine
def test_no_package_changes_a_stack_by_being_previewed(
    program: Program, repository: FaultyRepository, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    """With the real engine, and the simulation's chart as the package."""
    cache = program.checkout.parent / "cache"
    cache.mkdir()
    (cache / "tools").symlink_to(tools_folder())
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", str(cache))
    chart = b"".join(_file(name, content) for name, content in CHART_FILES.items())
    package = gzipped([chart, END])
    version = str(yaml.safe_load(CHART_FILES["Chart.yaml"])["version"])

    def serve(package: bytes) -> dict[str, str]:
        repository.serve_chart(package, version)
        return {"version": version, "repository": repository.url, "digest": sha256(package)}

    if LONG:
        program.up(chart=serve(package))
    else:
        program.configure()
        program.stack()
    state = program.run("stack", "export", "--stack", "test").stdout
    for name in PREVIEWED:
        member, words = HOSTILE[name]
        source = serve(gzipped([chart, member, END]))
        started = time.monotonic()
        if words:
            message = program.fails(chart=source)
            assert words in message
            assert "Traceback" not in message
        else:
            assert OUTSIDE not in json.dumps(program.preview(chart=source))
        figure(
            "Faults",
            f"a preview with a package that holds {name}",
            f"{'refused' if words else 'as without it'} after {time.monotonic() - started:.1f} s",
        )
    assert program.run("stack", "export", "--stack", "test").stdout == state
    if LONG:
        assert WRONG_DIGEST in program.fails(chart={**serve(package), "digest": "0" * 64})
        steps = program.preview(chart=serve(package))["steps"]
        assert {step["op"] for step in steps} == {"same"}
