"""No secret is seen but where it has to be, and rotating one rolls what reads it and no more."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from kubernetes import client

from tests.support.program import Program

pytestmark = pytest.mark.engine

AWKWARD = "CANARY @:/%#x"
CANARIES = {
    "mongodbUrl": f"mongodb://user:{quote('CANARY-mongodb@:/%#', safe='')}@db.example.com/chat",
    "natsUrl": f"nats://user:{quote('CANARY-nats@:/%#', safe='')}@nats.example.com:4222",
    "license": "CANARY-license",
    "registrationToken": "CANARY-token",
    "smtpPassword": f"{AWKWARD}-smtp",
}
SMTP = {"smtp": {"host": "mail.example.com", "username": "us er@x"}}
READERS = {
    "mongodbUrl": {"rocketchat", "presence", "ddp-streamer", "account", "authorization"},
    "natsUrl": {"rocketchat", "presence", "ddp-streamer", "account", "authorization"},
    "license": {"rocketchat"},
    "registrationToken": {"rocketchat"},
    "smtpPassword": {"rocketchat"},
}


def forms(secret: str) -> set[str]:
    """How a secret may show: as it is, escaped, and as a Secret's data has it."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), encoded, json.dumps(secret)[1:-1]}


def shown(text: str) -> set[str]:
    """The secrets that a text shows."""
    found = {name for name, secret in CANARIES.items() if any(f in text for f in forms(secret))}
    return found | ({"CANARY"} if "CANARY" in text else set())


def test_no_canary_is_seen_but_in_the_data_of_a_secret(program: Program) -> None:
    program.secrets = dict(CANARIES)
    program.configure(**SMTP)
    stack = program.stack()
    texts = {}
    for words in (
        ("preview",),
        ("preview", "--diff"),
        ("preview", "--json"),
        ("up", "--yes", "--skip-preview"),
        ("up", "--yes", "--skip-preview", "--diff"),
        ("stack", "output", "--json"),
        ("stack", "export"),
    ):
        done = program.run(*words, "--stack", stack.name)
        assert done.returncode == 0, done.stderr
        texts[" ".join(words)] = done.stdout + done.stderr
    state = program.workspace.folder / "backend"
    for file in state.rglob("*"):
        if file.is_file():
            texts[f"state {file.name}"] = file.read_text(encoding="utf-8")
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        apps: Any = client.AppsV1Api(api)
        for kind, items in {
            "Deployments": apps.list_namespaced_deployment(program.namespace).items,
            "pods": core.list_namespaced_pod(program.namespace).items,
            "ConfigMaps": core.list_namespaced_config_map(program.namespace).items,
            "events": core.list_namespaced_event(program.namespace).items,
        }.items():
            texts[f"the cluster's {kind}"] = json.dumps(api.sanitize_for_serialization(items))
        secrets = core.list_namespaced_secret(program.namespace).items
        for secret in secrets:
            about = json.dumps(api.sanitize_for_serialization(secret.metadata))
            texts[f"metadata of {secret.metadata.name}"] = about
    assert {where: shown(text) for where, text in texts.items() if shown(text)} == {}

    held = {
        f"{secret.metadata.name}/{key}": base64.b64decode(data).decode()
        for secret in secrets
        for key, data in (secret.data or {}).items()
    }
    assert held["chat-mongodb-url/mongo-uri"] == CANARIES["mongodbUrl"]
    assert held["chat-nats-url/url"] == CANARIES["natsUrl"]
    assert held["chat-environment/ROCKETCHAT_LICENSE"] == CANARIES["license"]
    assert held["chat-environment/REG_TOKEN"] == CANARIES["registrationToken"]
    password = quote(CANARIES["smtpPassword"], safe="")
    assert held["chat-smtp/mail-url"] == f"smtp://us%20er%40x:{password}@mail.example.com:587"


def test_an_error_shows_no_canary(program: Program) -> None:
    program.secrets = {**CANARIES, "natsUrl": "CANARY-no-url", "mongodbUrl": "CANARY"}
    said = program.fails(replicaCount=0, releaseName="Bad", **SMTP)
    assert "natsUrl: isn't a URL" in said
    assert "mongodbUrl: isn't a URL" in said
    assert "CANARY" not in said


def test_rotating_a_secret_rolls_what_reads_it_and_nothing_else(program: Program) -> None:
    program.secrets = dict(CANARIES)
    program.up(**SMTP)
    for name, readers in READERS.items():
        before = generations(program)
        program.secrets[name] += "-rotated"
        program.up(**SMTP)
        after = generations(program)
        rolled = {one for one in after if after[one] != before[one]}
        assert rolled == {f"chat-{reader}" for reader in readers}, name


def generations(program: Program) -> dict[str, int]:
    """How often each workload's spec was changed."""
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        return {
            one.metadata.name: one.metadata.generation
            for one in (
                *apps.list_namespaced_deployment(program.namespace).items,
                *apps.list_namespaced_stateful_set(program.namespace).items,
            )
        }
