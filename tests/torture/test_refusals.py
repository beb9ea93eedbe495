"""What can't come up: `up` ends in time with object and reason, and the old pods serve on."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.support.killable_update import differences, forget, ready, same
from tests.support.program import Program
from tests.support.torture import LONG, Figure
from tools.simulation.__main__ import deploy
from tools.simulation.cluster import Cluster

pytestmark = pytest.mark.engine

TIMEOUT = 6
MARGIN = 30
"""Seconds beyond the configured ones: what starting and rendering take on a busy machine."""
BASE: dict[str, Any] = {"createNamespace": False, "timeoutSeconds": TIMEOUT}
POLICY = "no-more-than-three"


@contextmanager
def _nothing(_: Program) -> Iterator[None]:
    yield


@contextmanager
def _quota(program: Program) -> Iterator[None]:
    """No pod beyond those that run."""
    held = sum(map(len, ready(program.cluster, program.namespace).values()))
    quota: Any = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": str(held)}}}
    with program.cluster.client() as api:
        core = client.CoreV1Api(api)
        core.create_namespaced_resource_quota(program.namespace, quota)
        yield
        core.delete_namespaced_resource_quota("small", program.namespace)


@contextmanager
def _restricted(program: Program) -> Iterator[None]:
    """No pod but those that keep to PodSecurity `restricted`."""
    label = "pod-security.kubernetes.io/enforce"
    with program.cluster.client() as api:
        core = client.CoreV1Api(api)
        core.patch_namespace(program.namespace, {"metadata": {"labels": {label: "restricted"}}})
        yield
        core.patch_namespace(program.namespace, {"metadata": {"labels": {label: None}}})


@contextmanager
def _policy(program: Program) -> Iterator[None]:
    """No Deployment of more than three."""
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
    place = {"kubernetes.io/metadata.name": program.namespace}
    binding: Any = {
        "metadata": {"name": POLICY},
        "spec": {
            "policyName": POLICY,
            "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": place}},
        },
    }
    with program.cluster.client() as api:
        admission = client.AdmissionregistrationV1Api(api)
        admission.create_validating_admission_policy(policy)
        admission.create_validating_admission_policy_binding(binding)
        time.sleep(3)  # until the API server has heard of it
        yield
        admission.delete_validating_admission_policy_binding(POLICY)
        admission.delete_validating_admission_policy(POLICY)


@dataclass(frozen=True)
class Refusal:
    what: str
    config: Mapping[str, Any]
    named: tuple[str, ...]
    """The object and the reason, in what a person reads."""
    arranged: Callable[[Program], AbstractContextManager[None]] = _nothing
    mended: Mapping[str, Any] = field(default_factory=dict)
    """The config of the next `up`, with what was arranged gone."""
    waits: bool = True
    lost: str = ""
    """The workload that goes with one pod fewer meanwhile."""


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
        lost="chat-nats",
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
        ("chat-ddp-streamer", "violates PodSecurity"),
        _restricted,
        lost="chat-nats",
    ),
    # The last one: it leaves four.
    Refusal(
        "pods over the quota",
        FOUR,
        ("chat-presence", "exceeded quota: small"),
        _quota,
        mended=FOUR,
    ),
]


@pytest.fixture
def deployed(tmp_path: Path, cluster: Cluster) -> Iterator[Program]:
    """A workspace that runs, in a namespace that isn't the program's own."""
    program = Program(tmp_path, cluster)
    namespace: Any = {"metadata": {"name": program.namespace}}
    with cluster.client() as api:
        client.CoreV1Api(api).create_namespace(namespace)
    program.up(**BASE)
    yield program
    forget(program)


def test_what_is_refused_is_told_in_time_and_takes_no_old_pod(
    deployed: Program, capfd: pytest.CaptureFixture[str], figure: Figure
) -> None:
    longest = 0.0
    refusals = REFUSALS if LONG else REFUSALS[:1]
    for refusal in refusals:
        longest = max(longest, _refused(deployed, refusal, capfd))
    figure(
        "Faults",
        f"`up` with what can't come up ({', '.join(one.what for one in refusals)})",
        f"{len(refusals)} of {len(refusals)} named object and reason, the old pods served on, and"
        f" the next `up` needed no cleaning; with timeoutSeconds {TIMEOUT} the longest took"
        f" {longest:.0f} s",
    )


def _refused(program: Program, refusal: Refusal, capfd: pytest.CaptureFixture[str]) -> float:
    """Fails, is mended, and is the same as before; how long it took to fail."""
    before = ready(program.cluster, program.namespace)
    program.configure(**BASE, **refusal.config)
    with refusal.arranged(program):
        capfd.readouterr()
        began = time.monotonic()
        assert deploy(program.workspace, "test") == 1, refusal.what
        seconds = time.monotonic() - began
        said = capfd.readouterr().out
        after = ready(program.cluster, program.namespace)
    for words in refusal.named:
        assert words in said, f"{refusal.what}: {said}"
    assert "Traceback" not in said, f"{refusal.what}: {said}"
    assert seconds < 2 * TIMEOUT + MARGIN, refusal.what
    assert not refusal.waits or seconds >= TIMEOUT, refusal.what
    for name, pods in before.items():
        kept = pods & after.get(name, set())
        assert len(kept) >= len(pods) - (name == refusal.lost), f"{refusal.what}: {name}"

    program.configure(**BASE, **refusal.mended)
    assert deploy(program.workspace, "test") == 0, refusal.what
    assert same(program) == "", refusal.what
    assert differences(program, made=False) == [], refusal.what
    pods_now = ready(program.cluster, program.namespace)
    numbers = {name: len(pods) for name, pods in before.items()}
    if refusal.mended:
        numbers["chat-presence"] = refusal.mended["replicas"]["presence"]
    assert {name: len(pods) for name, pods in pods_now.items()} == numbers, refusal.what
    return seconds
