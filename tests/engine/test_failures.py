"""An update that fails says why, on the real engine and a real control plane."""

import json
from typing import Any

import pytest
from kubernetes import client

from components.deploy.failure_hook import TITLE
from tests.support.program import Program
from tools.simulation.__main__ import deploy
from tools.status.__main__ import UNHEALTHY, main

pytestmark = pytest.mark.engine

CANARY = "canary-9d21"
TIMEOUT = 8
"""Seconds that an update waits here, long enough for what gets ready at all."""
NOISE = ("an unhandled error", "Traceback", "The update has ended", "exit status")


def failing(fault: str = "CrashLoopBackOff", **more: str) -> dict[str, Any]:
    """Helm values that make the monolith's pods faulty."""
    annotations = {"simulation/fault": fault}
    annotations |= {f"simulation/{key.replace('_', '-')}": text for key, text in more.items()}
    return {"values": {"podAnnotations": annotations}}


def up(program: Program, **config: Any) -> str:  # noqa: ANN401 - inputs
    """Returns the output of an update that has to fail, with a secret that it must not show."""
    program.secrets = {"mongodbUrl": f"mongodb://rocket:{CANARY}@db.example.com/rocketchat"}
    program.configure(timeoutSeconds=TIMEOUT, **config)
    program.stack()
    arguments = ("--yes", "--skip-preview", "--suppress-outputs", "--stack", "test")
    done = program.run("up", *arguments, "--color", "never")
    assert done.returncode != 0, done.stdout
    output = done.stdout + done.stderr
    assert CANARY not in output
    assert not [noise for noise in NOISE if noise in output], output
    return output


def reason(output: str) -> str:
    """The lines after the title, up to the engine's next error."""
    found = output.rpartition(f"error: {TITLE}\n")[2]
    assert found != output, output
    lines = found.splitlines()
    end = next(
        (i for i, line in enumerate(lines) if line.strip().startswith("error: ")), len(lines)
    )
    return "\n".join(line.strip() for line in lines[:end])


def test_a_crash_is_reported_with_its_exit_code_and_the_engines_error_stays(
    program: Program,
) -> None:
    output = up(program, **failing(exit_code="132"))
    reported = reason(output)
    assert reported.startswith(
        "Deployment/chat-rocketchat (0 of 1 ready):\nrocketchat: CrashLoopBack"
    )
    assert "exit code 132 (illegal instruction" in reported
    assert "nodes whose CPU has AVX" in reported
    assert "'chat-rocketchat' timed out waiting to be Ready" in output
    # The rest runs, and isn't reported.
    assert "chat-presence (" not in reported


def test_make_up_tells_the_same(program: Program, capfd: pytest.CaptureFixture[str]) -> None:
    config = failing("CreateContainerConfigError", fault_message='secret "chat-db" not found')
    program.configure(timeoutSeconds=TIMEOUT, **config)
    capfd.readouterr()
    assert deploy(program.simulation, "test") == 1
    reported = reason(capfd.readouterr().out)
    assert 'rocketchat: CreateContainerConfigError, secret "chat-db" not found.' in reported
    assert f"Create it in namespace {program.namespace}" in reported
    assert reason(up(program, **config)) == reported


def test_pods_that_no_node_takes_have_the_schedulers_words_once(program: Program) -> None:
    reported = reason(up(program, nodeSelector={"pool": "nowhere"}))
    assert reported.count("0/3 nodes are available: 3 node(s) didn't match") == 1
    assert reported.startswith("StatefulSet/chat-nats (0 of 2 ready)")
    assert "Compare nodeSelector" in reported


def test_a_quota_is_named(program: Program) -> None:
    program.configure(createNamespace=False)
    program.stack()
    create_namespace(program, {})
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "4"}}}
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        core.create_namespaced_resource_quota(program.namespace, quota)
    reported = reason(up(program, createNamespace=False, replicas={"presence": 6, "nats": 1}))
    assert "exceeded quota: small" in reported
    assert "Raise the namespace's ResourceQuota" in reported


def test_pod_security_is_named(program: Program) -> None:
    program.configure(createNamespace=False)
    program.stack()
    create_namespace(program, {"pod-security.kubernetes.io/enforce": "restricted"})
    config = {"createNamespace": False, "resilience": {"podSecurity": False}}
    reported = reason(up(program, **config))
    assert 'violates PodSecurity "restricted:latest"' in reported
    assert "Set resilience.podSecurity to true" in reported


def test_an_image_is_named_without_what_the_registry_said(program: Program) -> None:
    config = failing("ImagePullBackOff", fault_message="unauthorized")
    reported = reason(up(program, image={"tag": "8.6.99"}, **config))
    assert "rocket.chat:8.6.99 can't be pulled" in reported
    assert "The registry wants credentials" in reported


def test_the_next_update_needs_no_cleaning(program: Program) -> None:
    up(program, **failing())
    program.up()
    assert program.pods()["rocketchat"] == 1


def test_a_refusal_is_the_only_error(program: Program) -> None:
    for command in ("preview", "up"):
        program.configure(hots="x")
        program.stack()
        arguments = ("--yes", "--skip-preview") if command == "up" else ()
        done = program.run(command, *arguments, "--stack", "test", "--color", "never")
        assert done.returncode != 0
        errors = [line.strip() for line in done.stdout.splitlines() if " error: " in line]
        diagnostics = done.stdout.partition("Diagnostics:")[2]
        assert diagnostics.count("error: ") == 1, errors
        assert "hots: no such key. Did you mean host?" in diagnostics


def test_status_tells_a_crash_that_the_log_explains(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"MongoServerError: Authentication failed. mongodb://rocket:{CANARY}@db"
    program.configure(timeoutSeconds=TIMEOUT, **failing(fault_message=line))
    program.stack()
    program.run("up", "--yes", "--skip-preview", "--stack", "test")
    capsys.readouterr()
    assert main(["--simulated", "--stack", "test"], program.simulation) == UNHEALTHY
    out = " ".join(capsys.readouterr().out.split())
    assert "MongoDB rejects the user or the password" in out
    assert "Check the URL in the secret mongodbUrl" in out
    assert main(["--simulated", "--stack", "test", "--json"], program.simulation) == UNHEALTHY
    report = capsys.readouterr().out
    assert "its log says that MongoDB" in str(json.loads(report)["problems"])
    assert CANARY not in out + report


def create_namespace(program: Program, labels: dict[str, str]) -> None:
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        core.create_namespace({"metadata": {"name": program.namespace, "labels": labels}})
