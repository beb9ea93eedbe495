"""The policy pack, on previews of the real engine."""

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
from tools.simulation.workspace import CHECKOUT

pytestmark = pytest.mark.engine

CANARY = "CANARY-7f3a"
REQUESTS = {"requests": {"cpu": "100m", "memory": "128Mi"}}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the pack's folder alone, beside the environment that `make` or `pulumi` makes."""
    folder = tmp_path / "theirs"
    shutil.copytree(CHECKOUT / "policy", folder / "policy")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder / "policy"


@pytest.fixture
def prod(tmp_path: Path) -> dict[str, Any]:
    """The config that Pulumi.prod.yaml has for an example, with the chart as a pinned package."""
    package = Path(CHART)
    if package.is_dir():
        package = tmp_path / "chart.tgz"
        with tarfile.open(package, "w:gz") as archive:
            archive.add(CHART, "rocketchat")
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    held = yaml.safe_load((CHECKOUT / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
    config = {key.removeprefix("rocketchat:"): value for key, value in held["config"].items()}
    del config["namespace"]
    return {**config, "chart": {"path": str(package), "digest": digest}}


def preview(program: Program, pack: Path, **policies: object) -> subprocess.CompletedProcess[str]:
    """A preview with the pack, and with `policies` as its config, `_` in names for `-`."""
    program.stack()
    config = pack.parent / "config.json"
    held = {name.replace("_", "-"): policies[name] for name in policies}
    config.write_text(json.dumps(held), encoding="utf-8")
    return program.run(
        *("preview", "--stack", "test", "--color", "never", "--policy-pack", str(pack)),
        *("--policy-pack-config", str(config)),
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """All that was shown, on one line: the engine wraps and indents what policies say."""
    return " ".join((done.stdout + done.stderr).split())


def test_the_example_for_production_passes(
    program: Program, pack: Path, prod: dict[str, Any]
) -> None:
    program.configure(**prod)
    done = preview(program, pack, production={"stacks": ["test"]})
    assert done.returncode == 0, said(done)
    assert "rocketchat-guardrails" in done.stdout


def test_violations_fail_the_preview_and_say_what_to_set(program: Program, pack: Path) -> None:
    variables = [{"name": "HOOK_TOKEN", "value": CANARY}]
    program.configure(image={"tag": "8.6"}, values={"extraEnv": variables})
    done = preview(program, pack)
    words = said(done)
    assert done.returncode != 0, words
    monolith = f"Deployment {program.namespace}/chat-rocketchat, container rocketchat: "
    for sentence in (
        monolith + "HOOK_TOKEN holds a secret in plain text.",
        "chat-presence, container presence-service: image rocketchat/presence-service:8.6 floats",
        "Set image.tag to a full version such as 8.6.1.",
        "container ddp-streamer: no request for cpu and memory. Set resources.ddpStreamer.requests",
        "container reloader: no request for cpu and memory. Set values.nats.reloader.resources",
        "RocketChat rocketchat: chart 7.0.2 isn't pinned",
    ):
        assert sentence in words
    assert "runs 1, and in production" not in words
    assert CANARY not in words


def test_production_runs_two_of_each_behind_tls(
    program: Program, pack: Path, prod: dict[str, Any]
) -> None:
    scaled = {
        "account": {"minReplicas": 1, "maxReplicas": 5},
        "authorization": {"minReplicas": 2, "maxReplicas": 5},
    }
    given = {**prod, "replicas": {"rocketchat": 2, "nats": 1}, "autoscaling": scaled}
    del given["concurrentUsers"], given["ingress"]
    program.configure(**given)
    assert preview(program, pack).returncode == 0

    done = preview(program, pack, production={"stacks": ["test"]})
    words = said(done)
    assert done.returncode != 0, words
    for sentence in (
        "/chat-presence: runs 1, and in production each service runs 2 or more.",
        "Set replicas.presence (or replicaCount) to 2 or more.",
        "/chat-ddp-streamer: runs 1,",
        "/chat-nats: runs 1,",
        "/chat-account: may be scaled down to 1, and in production each service runs 2 or more.",
        "Set autoscaling.account.minReplicas to 2 or more.",
        "host chat.example.com has no TLS. Set ingress.tlsSecret",
    ):
        assert sentence in words
    for fine in ("/chat-rocketchat: runs", "/chat-authorization: may", "/chat-nats-box: runs"):
        assert fine not in words

    assert program.run("stack", "tag", "set", "environment", "production").returncode == 0
    assert "/chat-presence: runs 1," in said(preview(program, pack))


def test_a_team_can_make_a_policy_advice_or_switch_it_off(program: Program, pack: Path) -> None:
    program.configure(image={"tag": "8.6"})
    done = preview(program, pack, all="advisory", requests="disabled")
    words = said(done)
    assert done.returncode == 0, words
    assert "[advisory]" in words
    assert "Set image.tag to a full version such as 8.6.1." in words
    assert "no request for" not in words
