import io
import os
import re
import signal
import subprocess
import sys

import pytest
from rich.console import Console

from tests.support.machine import Machine
from tests.support.waiting import wait_for
from tools.checkout import CHECKOUT
from tools.errors import ToolError
from tools.toolchain import NAMES, clean, ensure
from tools.toolchain.__main__ import main


@pytest.fixture
def go(machine: Machine) -> Machine:
    machine.install_go()
    return machine


def start_process(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Starts another process, as another checkout would."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.toolchain", *arguments],
        cwd=CHECKOUT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_only_the_given_tools_are_built(go: Machine) -> None:
    paths = ensure(["etcd", "helm"])
    assert list(paths) == ["helm", "etcd"]
    assert all(os.access(path, os.X_OK) for path in paths.values())
    assert all(path.is_relative_to(go.cache / "tools") for path in paths.values())
    assert {name: path.name for name, path in paths.items()} == {"helm": "helm", "etcd": "etcd"}
    assert go.built == ["helm", "etcd"]


def test_a_tool_is_built_once(go: Machine) -> None:
    first = ensure(NAMES)
    calls = go.go_calls
    assert ensure(NAMES) == first
    assert go.go_calls == calls
    assert sorted(go.built) == sorted(NAMES)


def test_the_language_host_and_its_executor_are_beside_pulumi(go: Machine) -> None:
    host = ensure(["pulumi-language-python"])["pulumi-language-python"]
    executor = host.with_name("pulumi-language-python-exec")
    assert executor.read_text() == "the executor\n"
    assert os.access(executor, os.X_OK)
    assert ensure(["pulumi"])["pulumi"].parent == host.parent
    assert go.built == ["pulumi", "pulumi-language-python"]


def test_an_installed_tool_is_used_without_go(machine: Machine) -> None:
    helm = machine.install("helm", "v3.19.0")
    assert ensure(["helm"]) == {"helm": helm}


def test_builds_are_static_reproducible_and_leave_go_sum_alone(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOWORK", "/elsewhere/go.work")
    monkeypatch.setenv("CGO_ENABLED", "1")
    ensure(["kwok"])
    (call,) = go.go_calls
    assert "CGO_ENABLED=0" in call
    assert "GOWORK=off" in call
    assert "-mod=readonly -trimpath" in call
    assert "-mod=mod" not in call
    assert "GOCACHE=None" in call  # Go's default


def test_without_a_home_gos_caches_are_in_the_cache_folder(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    ensure(["kwok"])
    assert f"GOCACHE={go.cache}" in go.go_calls[0]


def test_a_failed_build_leaves_its_log_and_nothing_else(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"main.go:{number}: undefined" for number in range(1, 41)]
    monkeypatch.setenv("FAKE_GO_ERROR", "\n".join(lines))
    with pytest.raises(ToolError) as error:
        ensure(["etcd"])
    log = go.cache / "logs" / "etcd.log"
    assert go.tools == []
    assert log.read_text().splitlines() == lines
    message = str(error.value)
    assert "etcd 3.6.16" in message
    assert str(log) in message
    assert "main.go:40:" in message
    assert "main.go:10:" not in message

    monkeypatch.delenv("FAKE_GO_ERROR")
    assert ensure(["etcd"])["etcd"].exists()
    assert not log.exists()


def test_a_failed_build_is_the_last_one(go: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_ERROR", "no")
    with pytest.raises(ToolError, match="pulumi"):
        ensure(NAMES)
    assert go.built == ["pulumi"]


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("write /tmp/go-link: no space left on device", "disk is full"),
        (
            "go: go.mod requires go >= 1.26.0 (running go 1.21.0; GOTOOLCHAIN=local)",
            "Go 1.26.0 or newer",
        ),
        ("go: download go1.26.0 for linux/amd64: toolchain not available", "Go 1.26.0 or newer"),
        ('Get "https://example.org/x.zip": dial tcp: lookup example.org: no such host', "GOPROXY"),
        ("verifying example.org/x@v1.0.0: checksum mismatch", "go.sum"),
        ("compile: signal: killed", "memory"),
    ],
)
def test_the_error_explains_a_known_cause(
    output: str, advice: str, go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO_ERROR", output)
    with pytest.raises(ToolError, match=re.escape(advice)) as error:
        ensure(["etcd"])
    assert output in str(error.value)
    assert go.tools == []


def test_a_killed_go_leaves_no_binary(go: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_DIES", "yes")
    with pytest.raises(ToolError, match="Signal 9"):
        ensure(["etcd"])
    assert go.tools == []


def test_without_go_the_error_says_which_version_is_needed(machine: Machine) -> None:
    with pytest.raises(ToolError, match=r"no `go` on PATH.*Go 1\.26\.0"):
        ensure(["kube-scheduler"])
    assert machine.tools == []


def test_an_unusable_cache_is_named(go: Machine) -> None:
    go.cache.write_text("a file where the folder should be")
    with pytest.raises(ToolError, match=re.escape(str(go.cache))):
        ensure(["etcd"])


def test_a_build_that_was_killed_starts_anew(go: Machine) -> None:
    killed = start_process("pulumi", FAKE_GO_SECONDS="60")
    wait_for(lambda: go.go_calls, "Go was never called")
    (unfinished,) = go.tools
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert go.tools == [unfinished]

    ensure(["pulumi"])
    (finished,) = go.tools
    assert finished.startswith("pulumi-3.259.0-")
    assert go.built == ["pulumi", "pulumi", "pulumi-language-python"]


def test_two_processes_build_once_and_the_second_says_that_it_waits(go: Machine) -> None:
    first = start_process("etcd", "kwok", FAKE_GO_SECONDS="0.7")
    wait_for(lambda: go.go_calls, "Go was never called")
    second = start_process("etcd", "kwok")
    outputs = [process.communicate(timeout=20) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert go.built == ["etcd", "kwok"]
    assert outputs[0][0] == outputs[1][0]
    assert "Building etcd" in outputs[0][1]
    (line,) = outputs[1][1].splitlines()
    assert "waiting" in line
    assert str(go.cache) in line


def test_a_process_waits_only_for_the_tools_that_it_needs(go: Machine) -> None:
    first = start_process("etcd", "kwok", "kwokctl", FAKE_GO_SECONDS="1")
    wait_for(lambda: go.go_calls, "Go was never called")
    try:
        assert ensure(["etcd"])["etcd"].exists()
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


@pytest.mark.usefixtures("go")
def test_without_a_terminal_a_build_prints_a_line_at_its_begin_and_its_end() -> None:
    log = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=log, width=20))
    assert re.sub(r"\d+ s", "N s", log.getvalue()).splitlines() == [
        "Building etcd 3.6.16 (1 left after it) …",
        "Built etcd 3.6.16 in N s; 1 left, N s so far.",
        "Building kwok 0.8.0 (0 left after it) …",
        "Built kwok 0.8.0 in N s; 0 left, N s so far.",
    ]
    ensure(["etcd", "kwok"], console=Console(file=log))
    assert len(log.getvalue().splitlines()) == 4


@pytest.mark.usefixtures("go")
def test_a_terminal_shows_the_tool_the_remaining_number_and_the_time() -> None:
    screen = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=screen, force_terminal=True, width=80))
    assert re.search(r"Building etcd 3\.6\.16 \(1 left after it\).*0:00:00", screen.getvalue())


def test_cleaning_removes_what_was_built_and_its_logs(
    go: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (go.cache / "charts").mkdir(parents=True)
    ensure(["etcd"])
    monkeypatch.setenv("FAKE_GO_ERROR", "no")
    with pytest.raises(ToolError):
        ensure(["kwok"])
    clean()
    clean()
    assert go.tools == []
    assert not (go.cache / "logs").exists()
    assert (go.cache / "charts").exists()


def test_the_list_shows_where_each_tool_is_and_builds_nothing(
    go: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    go.install("helm", "v3.19.0")
    assert main(["--list"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert set(rows) == set(NAMES)
    assert str(go.bin / "helm") in rows["helm"]
    assert "to be built" in rows["etcd"]
    assert go.go_calls == []


@pytest.mark.usefixtures("machine")
def test_the_command_line_shows_an_error_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["kubectl"]) == 1
    assert "No such tool: kubectl" in capsys.readouterr().err
