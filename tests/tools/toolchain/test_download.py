import io
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from rich.console import Console

from tests.support.faulty_repository import (
    Responder,
    close_early,
    delay,
    headers,
    never_respond,
    respond,
    trickle,
)
from tests.support.machine import Machine, start_process
from tests.support.release_hosts import (
    ReleaseHosts,
    archive,
    checksum_paths,
    paths,
    program,
    running_release_hosts,
)
from tests.support.waiting import wait_for
from tools.errors import ToolError
from tools.toolchain import CATALOGUE, NAMES, cache, download, ensure
from tools.toolchain.__main__ import main

TOOLS = {tool.name: tool for tool in CATALOGUE}
PAGE = respond(b"<html>Welcome to our Wi-Fi</html>", Content_Type="text/html; charset=utf-8")


@pytest.fixture
def hosts(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseHosts]:
    """The release hosts, for a machine that has Go too."""
    machine.install_go()
    monkeypatch.delenv("TOOLS")
    monkeypatch.setattr(cache, "target", lambda: ("linux", "amd64"))
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.01)
    with running_release_hosts() as hosts:
        monkeypatch.setenv("ROCKETCHAT_PULUMI_MIRROR", hosts.url)
        yield hosts


def run(path: Path) -> str:
    return subprocess.check_output([path], text=True).strip()


def obtain(*names: str) -> tuple[dict[str, Path], list[str]]:
    """Returns the tools' paths, and the lines that were printed."""
    log = io.StringIO()
    found = ensure(names, console=Console(file=log, width=20))
    return found, log.getvalue().splitlines()


def test_every_tool_comes_from_its_official_release(hosts: ReleaseHosts, machine: Machine) -> None:
    found, lines = obtain(*NAMES)
    assert {name: run(path) for name, path in found.items()} == {
        name: f"released {name}" for name in NAMES
    }
    assert set(hosts.server.requests) == {*paths().values(), *checksum_paths().values()}
    assert len(hosts.server.requests) == len(set(hosts.server.requests))
    assert machine.go_calls == []
    assert len(lines) == len(CATALOGUE)
    assert all(line.startswith("Downloaded ") for line in lines)


def test_what_was_downloaded_is_downloaded_once(hosts: ReleaseHosts) -> None:
    first, _ = obtain("helm")
    requests = len(hosts.server.requests)
    assert obtain("helm") == (first, [])
    assert len(hosts.server.requests) == requests


@pytest.mark.usefixtures("hosts")
def test_the_official_language_host_and_its_executor_are_beside_pulumi() -> None:
    found, _ = obtain("pulumi")
    folder = found["pulumi"].parent
    names = {"pulumi", "pulumi-language-python", "pulumi-language-python-exec"}
    assert names == {file.name for file in folder.iterdir() if os.access(file, os.X_OK)}


def test_the_cache_says_where_a_tool_is_from(
    hosts: ReleaseHosts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    obtain("helm")
    monkeypatch.setenv("TOOLS", "build")
    obtain("etcd")
    assert hosts.server.requests == [checksum_paths()["helm"], paths()["helm"]]
    assert main(["--list"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert "https:/" + paths()["helm"] in rows["helm"]
    assert "built" in rows["etcd"]


@pytest.mark.parametrize("tools", ["", "download"])
@pytest.mark.parametrize("tool", list(paths()))
def test_a_file_that_is_not_the_published_one_is_an_error(
    tool: str, tools: str, hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLS", tools)
    hosts.server.responders[paths()[tool]] = respond(b"something else")
    with pytest.raises(ToolError, match="SHA-256") as error:
        obtain(TOOLS[tool].binaries[0].name)
    assert TOOLS[tool].label in str(error.value)
    assert "TOOLS=build" in str(error.value)
    assert machine.tools == []
    assert machine.go_calls == []


FAULTS: dict[str, tuple[Responder, str]] = {
    "a page in its place": (PAGE, "answers with a web page"),
    "nothing at all": (never_respond, "has sent nothing for 3 s"),
    "headers byte by byte": (
        trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"slow", 0.05),
        "has sent nothing for 3 s",
    ),
    "an end in the middle": (close_early(b"half", Content_Length=1000), "closed connection"),
    "not there": (respond(b"", "404 Not Found"), "404 Not Found"),
    "forbidden": (respond(b"", "403 Forbidden"), "403 Forbidden"),
    "broken": (respond(b"", "502 Bad Gateway"), "502 Bad Gateway"),
    "not HTTP": (lambda client, _: client.sendall(b"SSH-2.0-OpenSSH\r\n"), ""),
}


@pytest.mark.parametrize("place", [paths, checksum_paths])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_downloaded_is_built_and_a_line_says_why(
    fault: tuple[Responder, str],
    place: object,
    hosts: ReleaseHosts,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responder, reason = fault
    if "3 s" in reason:
        monkeypatch.setattr(download, "STALL_SECONDS", 3.0)
    path = (paths() if place is paths else checksum_paths())["helm"]
    hosts.server.responders[path] = responder
    found, lines = obtain("helm")
    assert run(found["helm"]) == ""
    assert machine.built == ["helm"]
    (line,) = [line for line in lines if "Building" in line]
    start = "Building helm from source, since they can't be downloaded: get.helm.sh ("
    assert line.startswith(start)
    assert reason in line


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_on_request_what_cannot_be_downloaded_is_an_error(
    fault: tuple[Responder, str],
    hosts: ReleaseHosts,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    responder, reason = fault
    if "3 s" in reason:
        monkeypatch.setattr(download, "STALL_SECONDS", 3.0)
    monkeypatch.setenv("TOOLS", "download")
    hosts.server.responders[paths()["helm"]] = responder
    with pytest.raises(ToolError) as error:
        obtain("helm")
    assert reason in str(error.value)
    assert "TOOLS=build" in str(error.value)
    assert machine.go_calls == []
    assert machine.tools == []


def test_the_tools_that_can_be_downloaded_are(hosts: ReleaseHosts, machine: Machine) -> None:
    del hosts.server.responders[paths()["helm"]]
    found, lines = obtain("etcd", "helm")
    assert run(found["etcd"]) == "released etcd"
    assert machine.built == ["helm"]
    assert "etcd" not in "".join(line for line in lines if "can't be" in line)


def test_checksums_that_do_not_list_the_file_are_not_enough(
    hosts: ReleaseHosts, machine: Machine
) -> None:
    for tool, path in checksum_paths().items():
        document = b'{"assets": [{}]}' if "api.github" in path else b"0123  another-file\n"
        hosts.server.responders[path] = respond(document)
        _, lines = obtain(TOOLS[tool].binaries[0].name)
        assert "no SHA-256 of " in lines[0]
    assert sorted(machine.built) == sorted(NAMES)


def test_where_nothing_can_be_reached_everything_is_built_within_seconds(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv(
            "ROCKETCHAT_PULUMI_MIRROR", f"http://127.0.0.1:{closed.getsockname()[1]}"
        )
        begin = time.monotonic()
        _, lines = obtain(*NAMES)
    assert time.monotonic() - begin < 15
    assert sorted(machine.built) == sorted(NAMES)
    assert lines[0].startswith("Building pulumi, kube-apiserver, ")
    assert lines[0].endswith("get.helm.sh (Connection refused).")
    assert not [line for line in lines[1:] if "downloaded" in line]
    assert hosts.server.requests == []


def test_a_slow_host_is_given_up_for_building(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.5)
    hosts.server.responders[paths()["etcd"]] = trickle(headers(Content_Length=9999), b"x", 0.02)
    _, lines = obtain("etcd")
    assert "github.com (it sends 0 kB/s)" in lines[0]
    assert machine.built == ["etcd"]


def test_on_request_a_slow_host_is_waited_for(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setenv("TOOLS", "download")
    path = paths()["etcd"]
    hosts.server.responders[path] = delay(hosts.server.responders[path], 0.4)
    found, _ = obtain("etcd")
    assert run(found["etcd"]) == "released etcd"
    assert machine.go_calls == []


def test_a_download_that_breaks_off_is_begun_again(hosts: ReleaseHosts, machine: Machine) -> None:
    path = paths()["kwok"]
    whole = hosts.server.responders[path]
    broken = [close_early(b"#!/bin", Content_Length=30)] * 2

    def respond_at_last(client: socket.socket, stopped: Event) -> None:
        (broken.pop() if broken else whole)(client, stopped)

    hosts.server.responders[path] = respond_at_last
    found, _ = obtain("kwok")
    assert run(found["kwok"]) == "released kwok"
    assert hosts.server.requests.count(path) == 3
    assert machine.go_calls == []


def test_a_killed_download_leaves_nothing_that_looks_finished(
    hosts: ReleaseHosts, machine: Machine
) -> None:
    path = paths()["kwok"]
    whole = hosts.server.responders[path]
    hosts.server.responders[path] = trickle(headers(Content_Length=9999), b"x", 0.05)
    killed = start_process("kwok", TOOLS="download")
    wait_for(lambda: path in hosts.server.requests, "nothing was downloaded")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert all(name.startswith(".unfinished-") for name in machine.tools)
    assert len(machine.tools) == 1

    hosts.server.responders[path] = whole
    obtain("kwok")
    assert [name.rpartition("-")[0] for name in machine.tools] == ["kwok-0.8.0"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(archive(("README.md",)), id="without the program"),
        pytest.param(b"not an archive", id="not an archive"),
        pytest.param(archive(("linux-amd64/helm",))[:60], id="truncated"),
    ],
)
def test_an_archive_that_cannot_be_used_is_built_instead(
    content: bytes, hosts: ReleaseHosts, machine: Machine
) -> None:
    hosts.server.responders[paths()["helm"]] = respond(content)
    hosts.publish({"helm": content})
    _, lines = obtain("helm")
    assert "helm-v3.18.6-linux-amd64.tar.gz" in lines[0]
    assert machine.built == ["helm"]


def test_another_platform_gets_its_own_releases_and_builds_what_has_none(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "target", lambda: ("darwin", "arm64"))
    hosts.serve("darwin", "arm64")
    _, lines = obtain(*NAMES)
    without = {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"}
    assert set(machine.built) == without
    released = {path for tool, path in paths("darwin", "arm64").items() if tool not in without}
    assert released <= set(hosts.server.requests)
    (line,) = [line for line in lines if "can't be downloaded" in line]
    assert "(no release for darwin/arm64)" in line


def test_for_a_platform_without_releases_everything_is_built(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "target", lambda: ("linux", "riscv64"))
    obtain(*NAMES)
    assert sorted(machine.built) == sorted(NAMES)
    assert hosts.server.requests == []


def test_nothing_is_downloaded_where_building_is_asked_for(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLS", "build")
    obtain("helm")
    assert machine.built == ["helm"]
    assert hosts.server.requests == []


def test_with_a_proxy_that_cannot_be_used_everything_is_built(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    _, lines = obtain("helm")
    assert "ALL_PROXY" in lines[0]
    assert machine.built == ["helm"]
    assert hosts.server.requests == []


@pytest.mark.usefixtures("hosts")
def test_another_choice_is_an_error_that_lists_the_choices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOOLS", "yes")
    with pytest.raises(ToolError, match=r"TOOLS: 'yes'.*download.*build"):
        obtain("helm")


def test_a_release_without_tls_is_refused(
    hosts: ReleaseHosts, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_at_mirror", lambda url: hosts.url + url[len("https:/") :])
    monkeypatch.delenv("ROCKETCHAT_PULUMI_MIRROR")
    _, lines = obtain("helm")
    assert "without TLS" in lines[0]
    assert machine.built == ["helm"]


def test_a_terminal_shows_how_much_is_left(
    hosts: ReleaseHosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLS", "download")
    body = program("kwok") + b"#" * 3_000_000
    begin = headers(Content_Length=len(body)) + body[:1_000_000]

    def slowly(client: socket.socket, _: object) -> None:
        client.sendall(begin)
        time.sleep(0.5)
        client.sendall(body[1_000_000:])

    hosts.server.responders[paths()["kwok"]] = slowly
    hosts.publish({"kwok": body})
    screen = io.StringIO()
    ensure(["kwok"], console=Console(file=screen, force_terminal=True, width=100))
    assert "Downloading kwok (1 left)" in screen.getvalue()
    assert "1 of 3 MB, less than a minute left" in screen.getvalue()
