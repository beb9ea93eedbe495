"""The chart's repository in every fault that it can have, asked by real processes."""

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
    KEPT,
    MIB,
    PACKAGE,
    Asker,
    FaultyRepository,
    Play,
    ends_early,
    files,
    head,
    pours,
    resets,
    says,
    silent,
    slowly,
    told,
    trickles,
    zipped,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.workspace import OWN_CHART
from tools.toolchain.cache import tools_folder

SECONDS = 1.0
"""The deadline that most processes are given, in place of the program's half minute."""
START = 20.0
"""Seconds that a process may take besides, on a busy machine."""
UNREACHED = "can't be reached"
LATE = "didn't answer in full within 1 s"
NO_INDEX = "has no index of a Helm repository with the chart rocketchat"
ANOTHER = "is pinned: it is another package, or not whole. Nothing of it was kept."
MEMORY = 150
"""MiB that no fault may take; a process without one takes some 60."""
LARGE = "is larger than 16 MiB"
PAGE = b"<html><head><title>Log in</title></head><body>Welcome to our Wi-Fi</body></html>"


@pytest.fixture
def asker(tmp_path: Path, repository: FaultyRepository) -> Asker:
    repository.heal()
    repository.asked.clear()
    return Asker(tmp_path, repository, SECONDS)


def redirect(to: str) -> Play:
    return says(b"", "302 Found", Location=to)


@dataclass(frozen=True)
class Fault:
    """What the repository does, and in which words a person reads of it."""

    play: Play
    words: str | tuple[str, str]
    """At the index and at the package, where those differ."""


ENDLESS_GZIP = zipped([b""])[:10]
NOTHING = b"\x00\x00\x00\xff\xff"
"""A block of gzip that holds nothing, and isn't the last."""
BOMB = zipped(repeat(bytes(MIB), 1024))
"""1 GiB in 1 MiB."""

FAULTS = {
    "never answers": Fault(silent, LATE),
    "a byte now and then": Fault(trickles(head(), b"entries", 0.1), LATE),
    "a head byte by byte": Fault(trickles(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"slow", 0.1), LATE),
    "many heads": Fault(trickles(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), LATE),
    "a zip of nothing": Fault(
        trickles(head(Content_Encoding="gzip") + ENDLESS_GZIP, NOTHING, 0.05), LATE
    ),
    "redirects, each after a while": Fault(slowly(redirect("?again"), 0.4), LATE),
    "reset in the middle": Fault(resets, UNREACHED),
    "closed at once": Fault(lambda *_: None, UNREACHED),
    "another protocol": Fault(lambda to, _: to.sendall(b"SSH-2.0-OpenSSH\r\n"), UNREACHED),
    "500": Fault(says(PAGE, "500 Internal Server Error"), f"{UNREACHED} (500 Internal"),
    "403": Fault(says(PAGE, "403 Forbidden"), f"{UNREACHED} (403 Forbidden"),
    "404": Fault(says(PAGE, "404 Not Found"), "has no such file (404 Not Found)"),
    "a captive portal": Fault(says(PAGE, Content_Type="text/html"), (NO_INDEX, ANOTHER)),
    "a captive portal that redirects": Fault(redirect("/portal"), (NO_INDEX, ANOTHER)),
    "nothing": Fault(says(b""), (NO_INDEX, ANOTHER)),
    "cut short": Fault(ends_early(PACKAGE[:-20], Content_Length=len(PACKAGE)), UNREACHED),
    "cut short, and no length": Fault(ends_early(PACKAGE[:-20]), (NO_INDEX, ANOTHER)),
    "another package": Fault(says(packed({**ABOUT, "evil.yaml": b"a: 1"})), (NO_INDEX, ANOTHER)),
    "a redirect in circles": Fault(redirect("?again"), UNREACHED),
    "a redirect to a file": Fault(redirect("file:///etc/passwd"), UNREACHED),
    "endless": Fault(pours(lambda: repeat(bytes(MIB))), LARGE),
    "a zip bomb": Fault(says(BOMB, Content_Encoding="gzip"), (NO_INDEX, ANOTHER)),
    "a zip bomb in a zip": Fault(
        says(zipped([zipped(repeat(BOMB, 64))]), Content_Encoding="gzip, gzip"),
        (NO_INDEX, ANOTHER),
    ),
}

PLACES = ("/index.yaml", "/chart.tgz")
PLAIN = ("500", "403", "404", "nothing", "closed at once", "another protocol")
"""Played by a server in the program's own process in other tests."""
PLAYED = [
    pytest.param(name, place, id=f"{name} at {place}")
    for number, name in enumerate(FAULTS)
    if LONG or name not in PLAIN
    # In short each is played at one of them, in turn.
    for place in (PLACES if LONG else PLACES[number % 2 : number % 2 + 1])
]


@pytest.mark.parametrize(("name", "place"), PLAYED)
def test_a_fault_is_told_in_time_and_changes_nothing(
    asker: Asker, repository: FaultyRepository, name: str, place: str
) -> None:
    fault = FAULTS[name]
    repository.plays |= {"/portal": says(PAGE), place: fault.play, f"{place}?again": fault.play}
    ended = asker.ask(SECONDS + START)
    words = fault.words if isinstance(fault.words, str) else fault.words[PLACES.index(place)]
    assert words in told(ended)
    assert asker.kept() == {}
    assert ended.memory < MEMORY
    assert ended.seconds < SECONDS + START
    if LONG:
        repository.heal()
        assert asker.ask().said == "chart 7.0.2\n"
        assert asker.kept() == KEPT


def _entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    """The head of a package's entry."""
    entry = tarfile.TarInfo(f"rocketchat/{name}")
    entry.size, entry.type, entry.linkname = size, kind, link
    return entry.tobuf(tarfile.GNU_FORMAT)


def _file(name: str, content: bytes) -> bytes:
    return _entry(name, len(content)) + content + bytes(-len(content) % 512)


WHOLE = b"".join(_file(name, content) for name, content in ABOUT.items())
END = bytes(1024)
GIB_OF_ZEROS = zipped(repeat(bytes(MIB), 1024))
UNPACKS = "chart: the package unpacks to more than 32 MiB"
DAMAGED = "isn't a whole chart"
READ = "chart 7.0.2"
LAUGHS = "l0: &l0 {a: b}" + "".join(
    f"\nl{n}: &l{n} {{{', '.join(f'k{i}: *l{n - 1}' for i in range(9))}}}" for n in range(1, 12)
)
"""9 to the power of 11 keys."""
HEADER = _entry("a", 12, tarfile.XHDTYPE) + b"12 path=abc\n".ljust(512, b"\0")


def _values(text: str) -> bytes:
    return zipped([WHOLE, _file("values.yaml", text.encode()), END])


PACKAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "10 GB in 10 MB": (
        lambda: zipped([_entry("templates/a.yaml", 10 << 30)]) + GIB_OF_ZEROS * 10,
        UNPACKS,
    ),
    "a chart, and 10 GB behind it": (
        lambda: zipped([WHOLE, _entry("templates/a.yaml", 10 << 30)]) + GIB_OF_ZEROS * 10,
        UNPACKS,
    ),
    "a name of 8 GB": (
        lambda: zipped([_entry("a", 8 << 30, tarfile.GNUTYPE_LONGNAME)]) + GIB_OF_ZEROS * 8,
        UNPACKS,
    ),
    "a header of 8 GB": (
        lambda: zipped([_entry("a", 8 << 30, tarfile.XHDTYPE)]) + GIB_OF_ZEROS * 8,
        UNPACKS,
    ),
    "a million entries": (
        lambda: zipped([WHOLE]) + zipped([_entry("templates/a.yaml") * 10_000]) * 100,
        UNPACKS,
    ),
    "a header of a header of a header": (lambda: zipped([HEADER * 5000]), DAMAGED),
    "entries that lead back": (lambda: zipped([_entry("a.txt", -1024) * 3, WHOLE, END]), ""),
    "cut short": (lambda: zipped([WHOLE, END])[:-30], DAMAGED),
    "a page": (lambda: PAGE, DAMAGED),
    "aliases of aliases": (lambda: _values(LAUGHS), READ),
    "an alias of itself": (lambda: _values("a: &a {b: *a}"), READ),
    "a value in a thousand brackets": (lambda: _values("a: " + "[" * 1000), DAMAGED),
    "paths and links outside": (
        lambda: zipped(
            [
                WHOLE,
                _file("../../outside.yaml", b"a: 1"),
                _file("templates/../../../outside.yaml", b"a: 1"),
                _entry("templates/b.yaml", 0, tarfile.SYMTYPE, "/etc/passwd"),
                _entry("templates/c.yaml", 0, tarfile.LNKTYPE, "../../outside.yaml"),
                _entry("templates/d.yaml", 0, tarfile.CHRTYPE),
                _entry("templates/e.yaml", 0, tarfile.FIFOTYPE),
                END,
            ]
        ),
        READ,
    ),
}
"""Packages that somebody has pinned by their digest, and how that ends."""


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_a_trap_takes_little_and_writes_nothing_elsewhere(
    asker: Asker, repository: FaultyRepository, name: str, figure: Figure
) -> None:
    make, words = PACKAGES[name]
    package = make()
    digest = sha256(package)
    repository.heal(package)
    asker.seconds = 0
    ended = asker.ask(30, digest=digest)
    if words == READ:
        assert (ended.code, ended.said) == (0, f"{READ}\n")
    else:
        assert words in told(ended)
    assert ended.memory < MEMORY
    assert ended.seconds < START
    assert files(asker.folder) == {f"cache/charts/{digest}.tgz": package}
    figure(
        "Faults",
        f"a package that is pinned, and is {name}: {len(package) / 1e6:.1f} MB",
        f"{'read' if words == READ else 'refused'} after {ended.seconds:.1f} s with"
        f" {ended.memory} MiB",
    )


def test_a_repository_that_is_not_there_is_told(asker: Asker) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert "Connection refused" in told(asker.ask(repository=url))
    assert asker.kept() == {}
    assert asker.ask().code == 0


@pytest.mark.skipif(not LONG, reason="takes as long as a person has to wait")
@pytest.mark.parametrize("name", ["never answers", "a head byte by byte"])
def test_nobody_waits_longer_than_half_a_minute(
    asker: Asker, repository: FaultyRepository, name: str, figure: Figure
) -> None:
    repository.plays["/chart.tgz"] = FAULTS[name].play
    asker.seconds = 0
    ended = asker.ask(30 + START)
    assert "didn't answer in full within 30 s" in told(ended)
    figure("Faults", f"the repository: {name}", f"told after {ended.seconds:.1f} s")


LARGE_PACKAGE = packed({**ABOUT, "noise.bin": os.urandom(15 * MIB)})
"""Takes long enough to write to be caught at it."""


@pytest.mark.parametrize("many", [2, 8] if LONG else [8])
def test_processes_that_fill_one_cache_at_once_all_have_it(
    asker: Asker, repository: FaultyRepository, many: int, figure: Figure
) -> None:
    # All of them have begun before the first one has the package.
    repository.plays["/chart.tgz"] = slowly(says(PACKAGE), 1.5)
    asker.seconds = 0
    begun = time.monotonic()
    with ThreadPoolExecutor(many) as pool:
        ended = list(pool.map(lambda _: asker.ask(), range(many)))
    assert [(one.code, one.said) for one in ended] == [(0, f"{READ}\n")] * many
    assert asker.kept() == KEPT
    figure(
        "Faults",
        f"{many} processes fill one empty cache at once",
        f"all have the chart after {time.monotonic() - begun:.1f} s, by"
        f" {repository.asked.count('/chart.tgz')} downloads",
    )


@pytest.mark.parametrize("time_", range(10 if LONG else 1))
def test_a_process_that_is_killed_while_it_writes_does_the_others_no_harm(
    asker: Asker, repository: FaultyRepository, time_: int
) -> None:
    del time_
    repository.heal(LARGE_PACKAGE)
    digest = sha256(LARGE_PACKAGE)
    asker.seconds = 0
    killed = _killed_while_writing(asker, digest)
    assert killed == -signal.SIGKILL
    halves = asker.kept()
    assert all(name.endswith(".partial") for name in halves)
    with ThreadPoolExecutor(2) as pool:
        others = list(pool.map(lambda _: asker.ask(digest=digest), range(2)))
    assert [one.said for one in others] == [f"{READ}\n"] * 2
    assert asker.kept() == {**halves, f"{digest}.tgz": LARGE_PACKAGE}
    # An hour later nobody is writing it any more, and the next who writes clears it away.
    for name in halves:
        os.utime(asker.cache / name, (0, 0))
    repository.heal()
    assert asker.ask().code == 0
    assert asker.kept() == {**KEPT, f"{digest}.tgz": LARGE_PACKAGE}


def _killed_while_writing(asker: Asker, digest: str) -> int:
    """Ends a process as soon as there is a half file; tries again with one that was faster."""
    for _ in range(20):
        with subprocess.Popen(
            asker.command(asker.given(digest)),
            env=asker.env(),
            cwd=asker.folder,
            stdout=subprocess.DEVNULL,
        ) as process:
            while process.poll() is None and not any(asker.cache.glob("*.partial")):
                pass
            process.kill()
        if any(asker.cache.glob("*.partial")):
            return process.returncode
        (asker.cache / f"{digest}.tgz").unlink()
    raise AssertionError("no process was caught writing")


OWN = {
    str(file.relative_to(OWN_CHART)): file.read_bytes()
    for file in sorted(OWN_CHART.rglob("*"))
    if file.is_file()
}
OUTSIDE = "root:x:0"
"""Stands in what the links below lead to."""
HOSTILE = {
    "a file above the chart": (_file("../../outside.yaml", b"a: 1"), "parent directory"),
    "links and devices": (
        _entry("templates/b.yaml", 0, tarfile.SYMTYPE, "/etc/passwd")
        + _entry("templates/c.yaml", 0, tarfile.LNKTYPE, "../../../../../../etc/passwd")
        + _entry("templates/d.yaml", 0, tarfile.CHRTYPE)
        + _entry("templates/e.yaml", 0, tarfile.FIFOTYPE),
        "",
    ),
    "10 GB": (_entry("templates/a.yaml", 10 << 30), UNPACKS),
}


PREVIEWED = HOSTILE if LONG else ["a file above the chart"]


@pytest.mark.engine
def test_the_stack_stays_as_it_is_whatever_the_repository_does(
    program: Program, repository: FaultyRepository, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    """Under the real engine, with the chart that the simulation has as a package."""
    cache = program.checkout.parent / "cache"
    cache.mkdir()
    (cache / "tools").symlink_to(tools_folder())
    monkeypatch.setenv("ROCKETCHAT_PULUMI_CACHE", str(cache))
    whole = b"".join(_file(name, content) for name, content in OWN.items())
    good = zipped([whole, END])
    version = str(yaml.safe_load(OWN["Chart.yaml"])["version"])

    def chart(package: bytes) -> dict[str, str]:
        repository.heal(package, version)
        return {"version": version, "repository": repository.url, "digest": sha256(package)}

    if LONG:
        program.up(chart=chart(good))
    else:
        program.configure()
        program.stack()
    state = program.run("stack", "export", "--stack", "test").stdout
    for name in PREVIEWED:
        member, words = HOSTILE[name]
        tail = GIB_OF_ZEROS * 10 if words == UNPACKS else zipped([END])
        source = chart(zipped([whole, member]) + tail)
        begun = time.monotonic()
        if words:
            said = program.fails(chart=source)
            assert words in said
            assert "Traceback" not in said
        else:
            assert OUTSIDE not in json.dumps(program.preview(chart=source))
        figure(
            "Faults",
            f"a preview with a package that holds {name}",
            f"{'refused' if words else 'as without it'} after {time.monotonic() - begun:.1f} s",
        )
    assert program.run("stack", "export", "--stack", "test").stdout == state
    if LONG:
        assert ANOTHER in program.fails(chart={**chart(good), "digest": "0" * 64})
        steps = program.preview(chart=chart(good))["steps"]
        assert {step["op"] for step in steps} == {"same"}
