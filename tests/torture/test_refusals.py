"""Changes that can't come up: `up` ends in time with object and reason, and the old pods stay."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.support.killable_update import (
    delete_namespace,
    ready_pods,
    state_differences,
    unexpected_changes,
)
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

TIMEOUT = 6
MARGIN = 30
"""Seconds in addition to the timeout, for starting and rendering on a busy machine."""
BASE: dict[str, Any] = {"createNamespace": False, "timeoutSeconds": TIMEOUT}
POLICY = "no-more-than-three"


@contextmanager
def _no_obstacle(_: Program) -> Iterator[None]:
    yield


@contextmanager
def _quota(program: Program) -> Iterator[None]:
    """No pod in addition to those that run."""
    pods = sum(map(len, ready_pods(program.cluster, program.namespace).values()))
    quota: Any = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": str(pods)}}}
    with program.cluster.client() as api:
        core = client.CoreV1Api(api)
        core.create_namespaced_resource_quota(program.namespace, quota)
        yield
        core.delete_namespaced_resource_quota("small", program.namespace)


@contextmanager
def _restricted(program: Program) -> Iterator[None]:
    """Only pods that conform to PodSecurity `restricted`."""
    label = "pod-security.kubernetes.io/enforce"
    with program.cluster.client() as api:
        core = client.CoreV1Api(api)
        core.patch_namespace(program.namespace, {"metadata": {"labels": {label: "restricted"}}})
        yield
        core.patch_namespace(program.namespace, {"metadata": {"labels": {label: None}}})


@contextmanager
def _policy(program: Program) -> Iterator[None]:
    """No Deployment with more than three replicas."""
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["deployments"],
    }
    policy: Any = {
        "metadata": {"name": POLICY},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [
                {"expression": "object.spec.replicas <= 3", "message": "three at most"}
            ],
        },
    }
    namespace = {"kubernetes.io/metadata.name": program.namespace}
    binding: Any = {
        "metadata": {"name": POLICY},
        "spec": {
            "policyName": POLICY,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": namespace}},
        },
    }
    with program.cluster.client() as api:
        admission = client.AdmissionregistrationV1Api(api)
        admission.create_validating_admission_policy(policy)
        admission.create_validating_admission_policy_binding(binding)
        time.sleep(3)  # until the API server enforces it
        yield
        admission.delete_validating_admission_policy_binding(POLICY)
        admission.delete_validating_admission_policy(POLICY)


@dataclass(frozen=True)
class Refusal:
    """A change that can't come up, and what is expected of it."""

    name: str
    config: Mapping[str, Any]
    words: tuple[str, ...]
    """The object and the reason, as a person reads them."""
    obstacle: Callable[[Program], AbstractContextManager[None]] = _no_obstacle
    """What prevents the change for as long as it is entered."""
    next_config: Mapping[str, Any] = field(default_factory=dict)
    """The config of the next `up`, without the obstacle."""
    waits: bool = True
    """Whether `up` fails only after its timeout."""
    loses_a_pod: str = ""
    """The workload that has one pod fewer meanwhile."""


def _presence(fault: str) -> dict[str, Any]:
    annotations = {"annotations": {"simulation/fault": fault}}
    return {"values": {"microservices": {"presence": annotations}}}


FOUR = {"replicas": {"presence": 4}}
REFUSALS = [
    Refusal(
        "an image that can't be pulled",
        _presence("ImagePullBackOff"),
        ("chat-presence", "ImagePullBackOff"),
    ),
    Refusal("pods that never get ready", _presence("NotReady"), ("chat-presence", "not ready")),
    Refusal(
        "a monolith that crashes",
        {"values": {"podAnnotations": {"simulation/fault": "CrashLoopBackOff"}}},
        ("chat-rocketchat", "CrashLoopBackOff"),
    ),
    Refusal(
        "a NATS whose image can't be pulled",
        {"values": {"nats": {"podAnnotations": {"simulation/fault": "ImagePullBackOff"}}}},
        ("chat-nats", "ImagePullBackOff"),
        loses_a_pod="chat-nats",
    ),
    Refusal(
        "an admission policy against an object",
        FOUR,
        ("chat-presence", f"'{POLICY}'", "three at most"),
        _policy,
        waits=False,
    ),
    Refusal(
        "PodSecurity against pods",
        {"resilience": {"podSecurity": False, "gracefulShutdown": False}},
        ("chat-nats", "violates PodSecurity"),
        _restricted,
        loses_a_pod="chat-nats",
    ),
    # At the end, since it leaves four pods.
    Refusal(
        "pods over the quota",
        FOUR,
        ("chat-presence", "exceeded quota: small"),
        _quota,
        next_config=FOUR,
    ),
]


@pytest.fixture
def deployed(tmp_path: Path, cluster: Cluster) -> Iterator[Program]:
    """A workspace that runs, in a namespace that the program hasn't created."""
    program = Program(tmp_path, cluster)
    namespace: Any = {"metadata": {"name": program.namespace}}
    with cluster.client() as api:
        client.CoreV1Api(api).create_namespace(namespace)
    program.up(**BASE)
    yield program
    delete_namespace(program)


def test_a_change_that_cannot_come_up_fails_in_time_and_keeps_the_old_pods(
    deployed: Program, capfd: pytest.CaptureFixture[str], figure: Figure
) -> None:
    refusals = REFUSALS if LONG else REFUSALS[:1]
    longest = max(_check(deployed, refusal, capfd) for refusal in refusals)
    figure(
        "Faults",
        f"`up` with what can't come up ({', '.join(refusal.name for refusal in refusals)})",
        f"{len(refusals)} of {len(refusals)} named object and reason, the old pods served on, and"
        f" the next `up` needed no cleaning; with timeoutSeconds {TIMEOUT} the longest took"
        f" {longest:.0f} s",
    )


def _check(program: Program, refusal: Refusal, capfd: pytest.CaptureFixture[str]) -> float:
    """Checks that the change fails, and that the next one restores everything.

    Returns:
        The seconds that it took to fail.
    """
    before = ready_pods(program.cluster, program.namespace)
    program.configure(**BASE, **refusal.config)
    with refusal.obstacle(program):
        capfd.readouterr()
        started = time.monotonic()
        assert deploy(program.simulation, "test") == 1, refusal.name
        seconds = time.monotonic() - started
        output = capfd.readouterr().out
        after = ready_pods(program.cluster, program.namespace)
    for words in refusal.words:
        assert words in output, f"{refusal.name}: {output}"
    assert "Traceback" not in output, f"{refusal.name}: {output}"
    assert seconds < 2 * TIMEOUT + MARGIN, refusal.name
    assert not refusal.waits or seconds >= TIMEOUT, refusal.name
    for name, pods in before.items():
        kept = pods & after.get(name, set())
        assert len(kept) >= len(pods) - (name == refusal.loses_a_pod), f"{refusal.name}: {name}"

    program.configure(**BASE, **refusal.next_config)
    assert deploy(program.simulation, "test") == 0, refusal.name
    assert unexpected_changes(program) == "", refusal.name
    assert state_differences(program, created_namespace=False) == [], refusal.name
    pods_now = ready_pods(program.cluster, program.namespace)
    expected = {name: len(pods) for name, pods in before.items()}
    if refusal.next_config:
        expected["chat-presence"] = refusal.next_config["replicas"]["presence"]
    assert {name: len(pods) for name, pods in pods_now.items()} == expected, refusal.name
    return seconds
