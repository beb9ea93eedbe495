"""Full disks, unusable homes, dead proxies, ASCII locales, odd paths and parallel commands."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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
from tools.checkout import CHECKOUT
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster
from tools.toolchain import CACHE_VARIABLE, cache_folder

WAITS = "Another command is running in"
DISK_FULL = "No space left on device"
ASCII = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}
"""An environment without any character beyond ASCII."""
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
"""Runs a command with little room left in one folder, and copies what is in it afterwards."""


@pytest.fixture
def user_namespaces() -> None:
    """Skips the test unless a file system can be mounted without root, for one process alone."""
    probe = subprocess.run(
        [*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    if probe.returncode:
        pytest.skip(f"no file system can be mounted here: {probe.stderr.decode().strip()}")


OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")


def small_disk(disk: Path, out: Path, room: int, command: list[str]) -> list[str]:
    """Returns `command`, run with `room` bytes left in `disk`, which is copied to `out`."""
    prefix = [*OWN_MOUNTS, "sh", "-c", SMALL_DISK, "sh"]
    return [*prefix, str(out), str(disk), str(room), *command]


@pytest.fixture
def loader(tmp_path: Path, repository: FaultyRepository) -> ChartLoader:
    repository.serve_chart()
    return ChartLoader(tmp_path, repository)


def tool(name: str, *arguments: str | Path, folder: Path, **environment: str) -> Result:
    """Runs a command in an almost empty environment."""
    passed = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return run(
        [sys.executable, "-m", f"tools.{name}", *map(str, arguments)],
        {**passed, "PYTHONPATH": str(CHECKOUT), "HOME": str(folder / "home"), **environment},
        folder,
        within=120,
    )


@pytest.mark.usefixtures("user_namespaces")
@pytest.mark.parametrize("room", [0, 4096])
def test_a_full_disk_under_the_cache_leaves_no_partial_file(loader: ChartLoader, room: int) -> None:
    repository = loader.repository
    package = PACKAGE + bytes(8192)
    repository.serve_chart(package)
    given = loader.chart_input(sha256(package))
    loader.cache.mkdir(parents=True)
    (loader.cache / "another.tgz").write_bytes(b"kept")
    out = loader.folder / "out"
    command = small_disk(loader.cache, out, room, loader.command(given))
    message = error_line(run(command, loader.environment(), loader.folder))
    assert message.startswith(f"chart: the package can't be kept in {loader.cache} ({DISK_FULL})")
    assert file_contents(out) == {"another.tgz": b"kept"}
    assert run(loader.command(given), loader.environment(), loader.folder).code == 0


@pytest.mark.usefixtures("user_namespaces")
@pytest.mark.parametrize("option", ["--out", "--full"])
def test_a_full_disk_under_a_report_keeps_the_last_one(tmp_path: Path, option: str) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    (disk / "report.md").write_text("the last one")
    report = [sys.executable, "-m", "tools.report", str(PREVIEW), option, str(disk / "report.md")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    message = error_line(run(small_disk(disk, out, 0, report), environment, tmp_path))
    assert message == f"The report can't be written to {disk / 'report.md'}: {DISK_FULL}."
    assert file_contents(out) == {"report.md": b"the last one"}
    assert run(report, environment, tmp_path).code == 2
    assert (disk / "report.md").read_text() != "the last one"


def test_a_full_device_is_named_and_stays(tmp_path: Path) -> None:
    message = error_line(tool("report", PREVIEW, "--out", "/dev/full", folder=tmp_path))
    assert message == f"The report can't be written to /dev/full: {DISK_FULL}."
    assert Path("/dev/full").is_char_device()
    with Path("/dev/full").open("wb") as full:
        ended = run(
            [sys.executable, "-m", "tools.report", str(PREVIEW)],
            {"PYTHONPATH": str(CHECKOUT)},
            tmp_path,
            output=full,
        )
    assert error_line(ended) == f"The report can't be written to stdout: {DISK_FULL}."


@pytest.mark.engine
@pytest.mark.usefixtures("user_namespaces")
def test_a_full_disk_under_a_checkout_is_an_error(tmp_path: Path) -> None:
    clone = Checkout(tmp_path)
    simulation, out = clone.folder / ".simulation", tmp_path / "out"
    environment = {**os.environ, "HOME": str(clone.home), CACHE_VARIABLE: str(cache_folder())}
    up = small_disk(simulation, out, 4096, [sys.executable, "-m", "tools.simulation", "up"])
    ended = run(up, environment, clone.folder)
    message = error_line(ended)
    assert message.startswith(f"{simulation}/")
    assert f": {DISK_FULL}. Make room, " in message
    assert not [name for name in file_contents(out) if name.endswith(".partial")]


HOMES = {
    "read-only": ('mount -t tmpfs -o ro tmpfs "$HOME"', "Read-only file system"),
    "a file": ('rm -r "$HOME" && echo > "$HOME"', "Not a directory"),
    "nowhere": ("export HOME=/proc/nonexistent", "No such file or directory"),
}


@pytest.mark.usefixtures("user_namespaces")
@pytest.mark.parametrize("home", HOMES)
def test_an_unwritable_home_is_an_error(loader: ChartLoader, home: str) -> None:
    script, reason = HOMES[home]
    environment = loader.environment()
    del environment["ROCKETCHAT_PULUMI_CACHE"]
    (loader.folder / "home").mkdir()
    command = [*OWN_MOUNTS, "sh", "-c", f'{script}; exec "$@"', "sh"]
    message = error_line(
        run([*command, *loader.command(loader.chart_input())], environment, loader.folder)
    )
    assert message.startswith("chart: the package can't be kept in ")
    assert reason in message
    assert message.endswith("or set ROCKETCHAT_PULUMI_CACHE to another folder.")
    assert loader.run().code == 0


@pytest.mark.usefixtures("user_namespaces")
def test_without_the_variable_the_system_knows_the_home(loader: ChartLoader) -> None:
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
def dead_proxy() -> Iterator[str]:
    """The URL of a proxy that isn't running."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


def proxied(proxy: str, **more: str) -> dict[str, str]:
    """Returns an environment with a proxy in every spelling."""
    names = ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy")
    return {spelling: proxy for name in names for spelling in (name, name.upper())} | more


def test_a_dead_proxy_is_named_unless_the_repository_needs_none(
    loader: ChartLoader, dead_proxy: str
) -> None:
    loader.variables = proxied(dead_proxy)
    message = error_line(loader.run())
    assert "Connection refused" in message
    assert "Check the network and the proxy" in message
    assert loader.cached() == {}
    loader.variables = proxied(dead_proxy, NO_PROXY="127.0.0.1")
    assert loader.run().code == 0


def test_a_proxy_that_works_is_used(loader: ChartLoader) -> None:
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
def test_a_dead_proxy_is_not_used_for_the_cluster_or_the_engine(
    program: Program,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    dead_proxy: str,
    tmp_path: Path,
) -> None:
    for name, value in proxied(dead_proxy).items():
        monkeypatch.setenv(name, value)
    steps = program.preview()["steps"]
    assert {step["op"] for step in steps} == {"create"}
    context = ("--context", "kwok-simulation", "--namespace", "default")
    environment = {**proxied(dead_proxy), "KUBECONFIG": str(cluster.kubeconfig)}
    ended = tool("status", *context, folder=tmp_path, **environment)
    assert error_line(ended, 2).startswith("No workspace chat runs in namespace default.")


def test_a_report_is_the_same_in_an_ascii_locale(tmp_path: Path) -> None:
    utf8 = tool("report", PREVIEW, folder=tmp_path)
    ascii_only = tool("report", PREVIEW, folder=tmp_path, **ASCII)
    assert not utf8.output.isascii()
    assert (ascii_only.code, ascii_only.output) == (utf8.code, utf8.output)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A copy of the checkout in a folder whose name has a space and isn't ASCII."""
    checkout = Checkout(tmp_path / "Büro Пример")
    yield checkout
    checkout.run("make -s down")


EXPORT_ASCII = "".join(f"export {name}={value}; " for name, value in ASCII.items())


@pytest.mark.engine
def test_two_commands_at_once_in_one_checkout_both_succeed(
    checkout: Checkout, figure: Figure
) -> None:
    """With a dead proxy, and in an ASCII locale."""
    export_proxy = "export http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9; "
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(checkout.run, [f"{EXPORT_ASCII}{export_proxy}make up"] * 2))
    outputs.sort(key=lambda output: WAITS in output)
    for output in outputs:
        assert "Traceback" not in output
        assert "url: https://chat.dev.example.com" in output
    first, second = outputs
    assert WAITS not in first
    assert "Nothing changed: dev runs as its config says." in second
    if not LONG:
        return
    for _ in range(3):
        with ThreadPoolExecutor(2) as pool:
            up, down = pool.map(checkout.run, ["make up", "make down"])
        assert "Traceback" not in up + down
        assert "url: https://chat.dev.example.com" in up
        assert "are gone" in down
    checkout.run("make up")
    assert "Nothing changed" in checkout.run("make up")
    figure("Faults", "two `make up`, and `make up` and `make down`, at once", "both end well")


@pytest.mark.skipif(not LONG, reason="Pulumi tries for minutes to write its state")
@pytest.mark.engine
@pytest.mark.usefixtures("user_namespaces")
def test_a_full_disk_under_the_state_loses_nothing(
    program: Program, capfd: pytest.CaptureFixture[str], figure: Figure, tmp_path: Path
) -> None:
    program.up(replicaCount=1)
    backend = program.simulation.folder / "backend"
    update = [str(program.simulation.tools()["pulumi"]), "up", "--yes", "--skip-preview"]
    for count, room in ((2, 0), (3, 65536)):
        program.configure(replicaCount=count)
        out = tmp_path / f"out-{room}"
        ended = run(
            small_disk(backend, out, room, [*update, "--stack", "test", "--color", "never"]),
            {**os.environ, **program.simulation.environment()},
            program.simulation.project_folder,
            within=900,
        )
        assert ended.code
        assert DISK_FULL.lower() in ended.output
        assert "goroutine" not in ended.output
        shutil.rmtree(backend)
        shutil.copytree(out, backend)
        readable = program.run("stack", "export", "--stack", "test").returncode == 0
        capfd.readouterr()
        assert deploy(program.simulation, "test") == 0
        assert ("was truncated" in capfd.readouterr().out) == (not readable)
        assert {step["op"] for step in program.preview(replicaCount=count)["steps"]} == {"same"}
        assert program.pods()["presence"] == count
        figure(
            "Faults",
            f"a disk with {room >> 10} KiB left under the state",
            f"Pulumi gives up after {ended.seconds:.0f} s, and its state is"
            f" {'whole' if readable else 'in part'}; the next `make up` ends as asked for",
        )
