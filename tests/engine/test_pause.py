"""A workspace that is paused on purpose, or scaled to nothing by others, and comes back."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client

from tests.support.background import repeatedly
from tests.support.program import Program
from tests.support.waiting import wait_for
from tools.report import build_report, parse_preview
from tools.report.report import ExitCode
from tools.status.__main__ import HEALTHY, UNHEALTHY, main

pytestmark = pytest.mark.engine

CONFIG: dict[str, Any] = {
    "replicas": {"presence": 2},
    "services": {
        "ddpStreamer": {
            "autoscaling": {"minReplicas": 2, "maxReplicas": 5},
            "resources": {"requests": {"cpu": "100m"}},
        },
    },
    "uploads": {"size": "1Gi"},
}
SERVICES = {
    "rocketchat": 1,
    "presence": 2,
    "account": 1,
    "authorization": 1,
    "queue-worker": 1,
    "omnichannel-transcript": 1,
    "nats-box": 1,
}


@contextmanager
def sampled_pods(program: Program) -> Iterator[list[Counter[str]]]:
    """Yields the ready pods by workload, sampled while the body runs."""
    samples: list[Counter[str]] = []
    with repeatedly(lambda: samples.append(program.pods()), lambda: 0.05):
        yield samples
    assert len(samples) > 5, "too few observations"


def up(program: Program, **config: object) -> None:
    program.configure(**CONFIG, **config)
    done = program.run("up", "--yes", "--skip-preview", "--stack", "test")
    assert done.returncode == 0, done.stdout


def identities(program: Program) -> dict[str, str]:
    """The UIDs of what a pause has to leave alone."""
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        networking: Any = client.NetworkingV1Api(api)
        lists = [
            core.list_namespaced_persistent_volume_claim,
            core.list_namespaced_secret,
            core.list_namespaced_service,
            core.list_namespaced_config_map,
            networking.list_namespaced_ingress,
        ]
        found = [item for read in lists for item in read(program.namespace).items]
    return {f"{type(item).__name__}/{item.metadata.name}": item.metadata.uid for item in found}


def status(program: Program, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["--simulated", "--stack", "test"], program.simulation)
    return code, capsys.readouterr().out


def test_a_pause_stops_everything_and_its_end_brings_all_back_with_nats_first(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.up(**CONFIG)
    wait_for(lambda: SERVICES.items() <= program.pods().items())
    before = identities(program)
    assert len(before) > 10

    report = build_report(parse_preview(json.dumps(program.preview(**CONFIG, pause=True)), "test"))
    assert report.risks == ()
    assert report.exit_code is ExitCode.CHANGES
    assert "paused on purpose" in str(report.notes)

    with sampled_pods(program) as samples:
        up(program, pause=True)
    assert set(program.stack().outputs()["instances"].value.values()) == {0}
    wait_for(lambda: not program.pods())
    for pods in samples:
        assert pods["nats"] == 2 or not any(pods[name] for name in SERVICES), "NATS stops last"
    assert identities(program) == before
    with program.cluster.client() as api:
        autoscaling: Any = client.AutoscalingV2Api(api)
        scalers = autoscaling.list_namespaced_horizontal_pod_autoscaler
        assert scalers(program.namespace).items == []
    code, out = status(program, capsys)
    assert code == HEALTHY
    assert "The workspace is paused on purpose (pause: true)." in out
    assert set(program.repeat_up().changes) == {"same"}

    report = build_report(parse_preview(json.dumps(program.preview(**CONFIG)), "test"))
    assert report.risks == ()
    assert "comes back from its pause" in str(report.notes)
    with sampled_pods(program) as samples:
        up(program)
    wait_for(lambda: SERVICES.items() <= program.pods().items())
    wait_for(lambda: program.pods()["ddp-streamer"] >= 1)
    for pods in samples:
        assert pods["nats"] == 2 or not any(pods[name] for name in SERVICES), "NATS starts first"
    assert identities(program) == before


def test_a_paused_workspace_that_others_scale_up_says_so(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.up(pause=True)
    scale(program, {"chat-presence": 1})
    wait_for(lambda: program.pods()["presence"] == 1)
    code, out = status(program, capsys)
    assert code == UNHEALTHY
    assert "paused on purpose (pause: true), but not yet as configured" in out
    assert "Deployment/chat-presence: scaled to 1" in out


def test_a_workspace_that_a_job_scales_to_nothing_says_so_and_comes_back(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.up(replicas={"presence": 2})
    scale(program, dict.fromkeys(deployments(program), 0), nats=0)
    wait_for(lambda: not program.pods())
    code, out = status(program, capsys)
    assert code == UNHEALTHY
    assert "Every workload is scaled to 0, though the config doesn't say pause: true." in out
    assert "`pulumi up --refresh` brings back" in out
    started = time.monotonic()
    done = program.run("up", "--refresh", "--yes", "--skip-preview", "--stack", "test")
    assert done.returncode == 0, done.stdout
    assert time.monotonic() - started < 300
    wait_for(lambda: {**SERVICES, "nats": 2}.items() <= program.pods().items())
    assert status(program, capsys)[0] == HEALTHY


def deployments(program: Program) -> list[str]:
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        return [
            item.metadata.name for item in apps.list_namespaced_deployment(program.namespace).items
        ]


def scale(program: Program, numbers: dict[str, int], nats: int | None = None) -> None:
    """Scales workloads as `kubectl scale` does."""
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        for name, number in numbers.items():
            body = {"spec": {"replicas": number}}
            apps.patch_namespaced_deployment_scale(name, program.namespace, body)
        if nats is not None:
            body = {"spec": {"replicas": nats}}
            apps.patch_namespaced_stateful_set_scale("chat-nats", program.namespace, body)
