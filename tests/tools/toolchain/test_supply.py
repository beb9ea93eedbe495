import io
import os
import re
import signal

import pytest
from rich.console import Console

from tests.support.machine import Machine, start_process
from tests.support.waiting import wait_for
from tools.errors import ToolError
from tools.toolchain import NAMES, clean, ensure, progress
from tools.toolchain.__main__ import main


@pytest.fixture
def go(machine: Machine) -> Machine:
    machine.install_go()
    return machine


def test_only_the_given_tools_are_built(go: Machine) -> None:
    paths = ensure(["etcd", "helm"])
    assert list(paths) == ["etcd", "helm"]
    assert all(os.access(path, os.X_OK) for path in paths.values())
    assert all(path.is_relative_to(go.cache / "tools") for path in paths.values())
    assert {name: path.name for name, path in paths.items()} == {"helm": "helm", "etcd": "etcd"}
    assert go.built == ["etcd", "helm"]


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
    log = go.cache / "logs" / "cluster.log"
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
    monkeypatch.setenv("FAKE_GO_SECONDS", "0.3")
    with pytest.raises(ToolError, match="pulumi"):
        ensure(NAMES)
    assert "helm" not in go.built
    assert go.tools == []


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


def test_the_tools_of_a_module_are_built_by_one_call(go: Machine) -> None:
    ensure(["etcd", "kwok", "kwokctl", "helm"])
    assert [call.count(" -ldflags=") for call in go.go_calls] == [3, 1]


def test_each_binary_is_linked_with_its_own_variables(go: Machine) -> None:
    ensure(["kube-apiserver", "etcd"])
    (call,) = go.go_calls
    assert "-ldflags=k8s.io/kubernetes/cmd/kube-apiserver=-s -w -X k8s.io/component-base" in call
    assert "-ldflags=go.etcd.io/etcd/server/v3=-s -w -o " in call


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
    assert go.built == ["pulumi", "pulumi-language-python"] * 2


def test_two_processes_build_once_and_the_second_says_that_it_waits(go: Machine) -> None:
    first = start_process("etcd", "kwok", FAKE_GO_SECONDS="1.5")
    wait_for(lambda: go.go_calls, "Go was never called")
    second = start_process("etcd", "kwok")
    outputs = [process.communicate(timeout=20) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert go.built == ["etcd", "kwok"]
    assert outputs[0][0] == outputs[1][0]
    assert "Built etcd" in outputs[0][1]
    (line,) = outputs[1][1].splitlines()
    assert "waiting" in line
    assert str(go.cache) in line


def test_a_process_waits_only_for_the_tools_that_it_needs(go: Machine) -> None:
    first = start_process("etcd", "helm", FAKE_GO_SECONDS="60", FAKE_GO_SLOW="helm")
    wait_for(lambda: go.go_calls, "Go was never called")
    try:
        assert ensure(["etcd"])["etcd"].exists()
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()


@pytest.mark.usefixtures("go")
def test_without_a_terminal_a_line_says_what_was_built_and_what_is_left() -> None:
    log = io.StringIO()
    ensure(["etcd", "kwok", "helm"], console=Console(file=log, width=20))
    assert re.sub(r"\d+ s", "N s", log.getvalue()).splitlines() == [
        "Built etcd 3.6.16, kwok 0.8.0; 1 left, N s so far.",
        "Built helm 3.18.6; none left, N s so far.",
    ]
    ensure(["etcd", "kwok"], console=Console(file=log))
    assert len(log.getvalue().splitlines()) == 2


@pytest.mark.usefixtures("go")
def test_without_a_terminal_a_long_build_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.3)
    monkeypatch.setenv("FAKE_GO_SECONDS", "1.5")
    log = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=log, width=20))
    assert re.search(
        r"^Building etcd, kwok \(2 left\): \d+%, less than a minute left$",
        log.getvalue(),
        re.MULTILINE,
    )


@pytest.mark.usefixtures("go")
def test_a_terminal_shows_the_tools_the_remaining_number_and_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FAKE_GO_SECONDS", "1")
    screen = io.StringIO()
    ensure(["etcd", "kwok"], console=Console(file=screen, force_terminal=True, width=100))
    assert re.search(
        r"Building etcd, kwok \(2 left\).*\d+%, less than a minute left", screen.getvalue()
    )


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
    assert "to be downloaded or built" in rows["etcd"]
    assert go.go_calls == []


@pytest.mark.usefixtures("machine")
def test_the_command_line_shows_an_error_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["kubectl"]) == 1
    assert "No such tool: kubectl" in capsys.readouterr().err
