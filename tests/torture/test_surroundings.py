"""Full disks, homes, proxies, locales, paths and company that the program may find itself with."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from tests.support.checkout import Checkout
from tests.support.components import sha256
from tests.support.faulty_repository import (
    CACHED,
    INHERITED,
    PACKAGE,
    ChartLoader,
    FaultyRepository,
    Result,
    error_line,
    file_contents,
    index_yaml,
    respond,
    run,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT

WAITS = "Another command is at work in"
FULL = "No space left on device"
ASCII = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}
"""An environment that knows no character beyond ASCII."""
PREVIEW = CHECKOUT / "tests" / "support" / "previews" / "per-service.json"
SMALL_DISK = """
set -e
out=$1 disk=$2 room=$3
shift 3
mkdir -p "$disk" && cp -a "$disk" "$out"
mount -t tmpfs -o size=4m tmpfs "$disk"
cp -a "$out/." "$disk" && rm -rf "$out"
head -c 8m /dev/zero > "$disk/filler" 2> "$disk/filler" || true
truncate -s "-$room" "$disk/filler"
set +e
"$@"
code=$?
rm "$disk/filler" && cp -a "$disk" "$out"
exit $code
"""
"""Runs a command with little room left in one folder, and keeps what is in it by then."""


@pytest.fixture
def namespaces() -> None:
    """Whether a disk can be made small, without being root, where nobody else notices."""
    tried = subprocess.run(
        [*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"no file system can be mounted here: {tried.stderr.decode().strip()}")


OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")


def small_disk(disk: Path, out: Path, room: int, command: list[str]) -> list[str]:
    """`command` with so many bytes left in the folder `disk`, which is as `out` afterwards."""
    begin = [*OWN_MOUNTS, "sh", "-c", SMALL_DISK, "sh"]
    return [*begin, str(out), str(disk), str(room), *command]


@pytest.fixture
def loader(tmp_path: Path, repository: FaultyRepository) -> ChartLoader:
    repository.serve_chart()
    return ChartLoader(tmp_path, repository)


def tool(name: str, *arguments: str | Path, folder: Path, **environment: str) -> Result:
    """Runs one of our commands with nothing of ours in its environment."""
    passed = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return run(
        [sys.executable, "-m", f"tools.{name}", *map(str, arguments)],
        {**passed, "PYTHONPATH": str(CHECKOUT), "HOME": str(folder / "home"), **environment},
        folder,
        within=120,
    )


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("room", [0, 4096])
def test_a_full_disk_under_the_cache_keeps_nothing_half(loader: ChartLoader, room: int) -> None:
    repository = loader.repository
    package = PACKAGE + bytes(8192)
    repository.serve_chart(package)
    given = loader.chart_input(sha256(package))
    loader.cache.mkdir(parents=True)
    (loader.cache / "another.tgz").write_bytes(b"kept")
    out = loader.folder / "out"
    command = small_disk(loader.cache, out, room, loader.command(given))
    said = error_line(run(command, loader.environment(), loader.folder))
    assert said.startswith(f"chart: the package can't be kept in {loader.cache} ({FULL})")
    assert file_contents(out) == {"another.tgz": b"kept"}
    assert run(loader.command(given), loader.environment(), loader.folder).code == 0


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("option", ["--out", "--full"])
def test_a_full_disk_under_a_report_leaves_the_last_one(tmp_path: Path, option: str) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    (disk / "report.md").write_text("the last one")
    report = [sys.executable, "-m", "tools.report", str(PREVIEW), option, str(disk / "report.md")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    said = error_line(run(small_disk(disk, out, 0, report), environment, tmp_path))
    assert said == f"The report can't be written to {disk / 'report.md'}: {FULL}."
    assert file_contents(out) == {"report.md": b"the last one"}
    assert run(report, environment, tmp_path).code == 2
    assert (disk / "report.md").read_text() != "the last one"


def test_a_full_device_in_place_of_a_file_is_told_and_stays(tmp_path: Path) -> None:
    said = error_line(tool("report", PREVIEW, "--out", "/dev/full", folder=tmp_path))
    assert said == f"The report can't be written to /dev/full: {FULL}."
    assert Path("/dev/full").is_char_device()
    with Path("/dev/full").open("wb") as full:
        ended = run(
            [sys.executable, "-m", "tools.report", str(PREVIEW)],
            {"PYTHONPATH": str(CHECKOUT)},
            tmp_path,
            output=full,
        )
    assert error_line(ended) == f"The report can't be written to stdout: {FULL}."


@pytest.mark.engine
@pytest.mark.usefixtures("namespaces")
def test_a_full_disk_under_a_checkout_is_told(tmp_path: Path) -> None:
    clone = Checkout(tmp_path)
    simulation, out = clone.folder / ".simulation", tmp_path / "out"
    cache = os.environ.get("ROCKETCHAT_PULUMI_CACHE") or str(user_cache_path("rocketchat-pulumi"))
    environment = {**os.environ, "HOME": str(clone.home), "ROCKETCHAT_PULUMI_CACHE": cache}
    up = small_disk(simulation, out, 4096, [sys.executable, "-m", "tools.simulation", "up"])
    ended = run(up, environment, clone.folder)
    said = error_line(ended)
    assert said.startswith(f"{simulation}/")
    assert f": {FULL}. Make room, " in said
    assert not [name for name in file_contents(out) if name.endswith(".partial")]


HOMES = {
    "read-only": ('mount -t tmpfs -o ro tmpfs "$HOME"', "Read-only file system"),
    "a file": ('rm -r "$HOME" && echo > "$HOME"', "Not a directory"),
    "nowhere": ("export HOME=/proc/nonexistent", "No such file or directory"),
}


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("home", HOMES)
def test_a_home_that_cannot_be_written_is_told(loader: ChartLoader, home: str) -> None:
    before, words = HOMES[home]
    environment = loader.environment()
    del environment["ROCKETCHAT_PULUMI_CACHE"]
    (loader.folder / "home").mkdir()
    command = [*OWN_MOUNTS, "sh", "-c", f'{before}; exec "$@"', "sh"]
    said = error_line(
        run([*command, *loader.command(loader.chart_input())], environment, loader.folder)
    )
    assert said.startswith("chart: the package can't be kept in ")
    assert words in said
    assert said.endswith("or set ROCKETCHAT_PULUMI_CACHE to another folder.")
    assert loader.run().code == 0


@pytest.mark.usefixtures("namespaces")
def test_without_home_the_system_says_where_that_is(loader: ChartLoader) -> None:
    home = loader.folder / "home"
    home.mkdir()
    passwd = loader.folder / "passwd"
    passwd.write_text(f"me:x:0:0::{home}:/bin/sh\n", encoding="utf-8")
    environment = loader.environment()
    del environment["ROCKETCHAT_PULUMI_CACHE"], environment["HOME"]
    command = [*OWN_MOUNTS, "sh", "-c", 'mount --bind "$1" /etc/passwd; shift; exec "$@"', "sh"]
    ended = run(
        [*command, str(passwd), *loader.command(loader.chart_input())], environment, loader.folder
    )
    assert (ended.code, ended.output) == (0, "chart 7.0.2\n")
    assert file_contents(home / ".cache" / "rocketchat-pulumi" / "charts") == CACHED


@pytest.fixture
def dead() -> Iterator[str]:
    """A proxy that nobody runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def proxied(proxy: str, **more: str) -> dict[str, str]:
    """An environment with a proxy in every spelling."""
    names = ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
    return {each: proxy for name in names for each in (name, name.upper())} | more


def test_a_dead_proxy_is_told_unless_the_repository_needs_none(
    loader: ChartLoader, dead: str
) -> None:
    loader.variables = proxied(dead)
    assert "Connection refused" in (said := error_line(loader.run()))
    assert "Check the network and the proxy" in said
    assert loader.cached() == {}
    loader.variables = proxied(dead, NO_PROXY="127.0.0.1")
    assert loader.run().code == 0


def test_a_proxy_that_works_is_the_way_out(loader: ChartLoader) -> None:
    url = "http://charts.example.com"
    proxy = loader.repository
    proxy.responders = {
        f"{url}/index.yaml": respond(index_yaml()),
        f"{url}/chart.tgz": respond(PACKAGE),
    }
    loader.variables = proxied(proxy.url)
    assert loader.run(repository=url).output == "chart 7.0.2\n"
    assert loader.cached() == CACHED


@pytest.mark.skipif(not LONG, reason="in short, `make up` below has such a proxy")
@pytest.mark.engine
def test_a_dead_proxy_is_not_asked_for_the_cluster_or_the_engine(
    program: Program, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, dead: str, tmp_path: Path
) -> None:
    for name, value in proxied(dead).items():
        monkeypatch.setenv(name, value)
    steps = program.preview()["steps"]
    assert {step["op"] for step in steps} == {"create"}
    context = ("--context", "kwok-simulation", "--namespace", "default")
    environment = {**proxied(dead), "KUBECONFIG": str(cluster.kubeconfig)}
    seen = tool("status", *context, folder=tmp_path, **environment)
    assert error_line(seen, 2).startswith("No workspace chat runs in namespace default.")


def test_a_report_is_the_same_where_nothing_but_ascii_is_known(tmp_path: Path) -> None:
    wide = tool("report", PREVIEW, folder=tmp_path)
    narrow = tool("report", PREVIEW, folder=tmp_path, **ASCII)
    assert not wide.output.isascii()
    assert (narrow.code, narrow.output) == (wide.code, wide.output)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A clone in a folder whose name is neither one word nor ASCII."""
    checkout = Checkout(tmp_path / "Büro Пример")
    yield checkout
    checkout.run("make -s down")


NARROW = "".join(f"export {name}={value}; " for name, value in ASCII.items())


@pytest.mark.engine
def test_two_at_once_in_one_checkout_both_end_well(checkout: Checkout, figure: Figure) -> None:
    """With a proxy that nobody runs, and without a character beyond ASCII."""
    dead = "export http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9; "
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(checkout.run, [f"{NARROW}{dead}make up"] * 2))
    said.sort(key=lambda each: WAITS in each)
    for each in said:
        assert "Traceback" not in each
        assert "url: https://chat.dev.example.com" in each
    first, second = said
    assert WAITS not in first
    assert "Nothing changed: dev runs as its config says." in second
    if not LONG:
        return
    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(checkout.run, ["make up", "make down"]))
        assert all("Traceback" not in each for each in said)
        assert "url: https://chat.dev.example.com" in said[0]
        assert "are gone" in said[1]
    checkout.run("make up")
    assert "Nothing changed" in checkout.run("make up")
    figure("Faults", "two `make up`, and `make up` and `make down`, at once", "both end well")


@pytest.mark.skipif(not LONG, reason="Pulumi tries for minutes to write its state")
@pytest.mark.engine
@pytest.mark.usefixtures("namespaces")
def test_a_full_disk_under_the_state_loses_nothing(
    program: Program, capfd: pytest.CaptureFixture[str], figure: Figure, tmp_path: Path
) -> None:
    program.up(replicaCount=1)
    backend = program.workspace.folder / "backend"
    update = [str(program.workspace.tools()["pulumi"]), "up", "--yes", "--skip-preview"]
    for count, room in ((2, 0), (3, 65536)):
        program.configure(replicaCount=count)
        out = tmp_path / f"out-{room}"
        ended = run(
            small_disk(backend, out, room, [*update, "--stack", "test", "--color", "never"]),
            {**os.environ, **program.workspace.environment()},
            program.workspace.project_folder,
            within=900,
        )
        assert ended.code
        assert FULL.lower() in ended.output
        assert "goroutine" not in ended.output
        shutil.rmtree(backend)
        shutil.copytree(out, backend)
        readable = program.run("stack", "export", "--stack", "test").returncode == 0
        capfd.readouterr()
        assert deploy(program.workspace, "test") == 0
        assert ("was written in part" in capfd.readouterr().out) == (not readable)
        assert {step["op"] for step in program.preview(replicaCount=count)["steps"]} == {"same"}
        assert program.pods()["presence"] == count
        figure(
            "Faults",
            f"a disk with {room >> 10} KiB left under the state",
            f"Pulumi gives up after {ended.seconds:.0f} s, and its state is"
            f" {'whole' if readable else 'in part'}; the next `make up` ends as asked for",
        )
