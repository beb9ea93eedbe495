"""The policy pack in previews of the real engine."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.program import CHART, Program
from tools.checkout import CHECKOUT

pytestmark = pytest.mark.engine

CANARY = "CANARY-7f3a"
REQUESTS = {"requests": {"cpu": "100m", "memory": "128Mi"}}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the pack in another repository, which has the virtual environment that it needs."""
    folder = tmp_path / "other-repository"
    shutil.copytree(CHECKOUT / "policy", folder / "policy")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder / "policy"


@pytest.fixture
def prod(tmp_path: Path) -> dict[str, Any]:
    """The example config in Pulumi.prod.yaml, with a pinned package of the test chart."""
    package = Path(CHART)
    if package.is_dir():
        package = tmp_path / "chart.tgz"
        with tarfile.open(package, "w:gz") as archive:
            archive.add(CHART, "rocketchat")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    example = yaml.safe_load((CHECKOUT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
    config = {key.removeprefix("rocketchat:"): value for key, value in example["config"].items()}
    del config["namespace"]
    return {**config, "chart": {"path": str(package), "digest": digest}}


def preview(program: Program, pack: Path, **policies: object) -> subprocess.CompletedProcess[str]:
    """Previews with the pack, configured by `policies`, in whose names `_` stands for `-`."""
    program.stack()
    config = pack.parent / "config.json"
    by_name = {name.replace("_", "-"): value for name, value in policies.items()}
    config.write_text(json.dumps(by_name), encoding="utf-8")
    return program.run(
        *("preview", "--stack", "test", "--color", "never", "--policy-pack", str(pack)),
        *("--policy-pack-config", str(config)),
    )


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    """The output on one line, because the engine wraps and indents messages of policies."""
    return " ".join((done.stdout + done.stderr).split())


def test_the_production_example_passes(program: Program, pack: Path, prod: dict[str, Any]) -> None:
    program.configure(**prod)
    done = preview(program, pack, production={"stacks": ["test"]})
    assert done.returncode == 0, output_of(done)
    assert "rocketchat-guardrails" in done.stdout


def test_violations_fail_the_preview_with_the_keys_to_set(program: Program, pack: Path) -> None:
    variables = [{"name": "HOOK_TOKEN", "value": CANARY}]
    program.configure(image={"tag": "8.6"}, values={"extraEnv": variables})
    done = preview(program, pack)
    words = output_of(done)
    assert done.returncode != 0, words
    monolith = f"Deployment {program.namespace}/chat-rocketchat, container rocketchat: "
    for message in (
        monolith + "HOOK_TOKEN contains a secret in plain text.",
        "chat-presence, container presence-service: image rocketchat/presence-service:8.6 isn't",
        "Set image.tag to a full version such as 8.6.1.",
        "container ddp-streamer: no request for cpu and memory. Set services.ddpStreamer.resources",
        "container reloader: no request for cpu and memory. Set values.nats.reloader.resources",
        "RocketChat rocketchat: chart 7.0.2 isn't pinned",
    ):
        assert message in words
    assert "runs 1, but in production" not in words
    assert CANARY not in words


def test_production_needs_two_instances_and_tls(
    program: Program, pack: Path, prod: dict[str, Any]
) -> None:
    autoscaled = {"account": 1, "authorization": 2}
    services = prod["services"] | {
        name: {**prod["services"][name], "autoscaling": {"minReplicas": minimum, "maxReplicas": 5}}
        for name, minimum in autoscaled.items()
    }
    config = {**prod, "replicas": {"rocketchat": 2, "nats": 1}, "services": services}
    del config["concurrentUsers"], config["gateway"]
    program.configure(**config)
    assert preview(program, pack).returncode == 0

    done = preview(program, pack, production={"stacks": ["test"]})
    words = output_of(done)
    assert done.returncode != 0, words
    for message in (
        "/chat-presence: runs 1, but in production each service needs 2 or more.",
        "Set replicas.presence (or replicaCount) to 2 or more.",
        "/chat-ddp-streamer: runs 1,",
        "/chat-nats: runs 1,",
        "/chat-account: may be scaled down to 1, but in production each service needs 2 or more.",
        "Set services.account.autoscaling.minReplicas to 2 or more.",
        "host chat.example.com has no TLS. Set ingress.tlsSecret",
    ):
        assert message in words
    for absent in ("/chat-rocketchat: runs", "/chat-authorization: may", "/chat-nats-box: runs"):
        assert absent not in words

    assert program.run("stack", "tag", "set", "environment", "production").returncode == 0
    assert "/chat-presence: runs 1," in output_of(preview(program, pack))


def test_policies_can_be_made_advisory_or_disabled(program: Program, pack: Path) -> None:
    program.configure(image={"tag": "8.6"})
    done = preview(program, pack, all="advisory", requests="disabled")
    words = output_of(done)
    assert done.returncode == 0, words
    assert "[advisory]" in words
    assert "Set image.tag to a full version such as 8.6.1." in words
    assert "no request for" not in words
