"""A secret appears only where it has to, and rotating it restarts only what reads it."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from kubernetes import client

from components.services import NATS, SERVICES
from tests.support.program import Program

pytestmark = pytest.mark.engine

AWKWARD = "CANARY @:/%#x"
CANARIES = {
    "mongodbUrl": f"mongodb://user:{quote('CANARY-mongodb@:/%#', safe='')}@db.example.com/chat",
    "natsUrl": "nats://user:CANARY-nats@nats.example.com",
    "license": "CANARY-license",
    "registrationToken": "CANARY-token",
    "smtpPassword": f"{AWKWARD}-smtp",
}
SMTP = {"smtp": {"host": "mail.example.com", "username": "us er@x"}}
EVERY_SERVICE = {service.kebab_name for service in SERVICES if service is not NATS}
READERS = {
    "mongodbUrl": EVERY_SERVICE,
    "natsUrl": EVERY_SERVICE,
    "license": {"rocketchat"},
    "registrationToken": {"rocketchat"},
    "smtpPassword": {"rocketchat"},
}


def spellings(secret: str) -> set[str]:
    """A secret as it is, percent-encoded, as JSON, and as the data of a Secret."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), encoded, json.dumps(secret)[1:-1]}


def secrets_in(text: str) -> set[str]:
    """Returns the names of the secrets that a text contains."""
    names = {name for name, secret in CANARIES.items() if any(s in text for s in spellings(secret))}
    return names | ({"CANARY"} if "CANARY" in text else set())


def test_secrets_appear_only_in_the_data_of_secret_objects(program: Program) -> None:
    program.secrets = dict(CANARIES)
    program.configure(**SMTP)
    stack = program.stack()
    texts = {}
    for arguments in (
        ("preview",),
        ("preview", "--diff"),
        ("preview", "--json"),
        ("up", "--yes", "--skip-preview"),
        ("up", "--yes", "--skip-preview", "--diff"),
        ("stack", "output", "--json"),
        ("stack", "export"),
    ):
        done = program.run(*arguments, "--stack", stack.name)
        assert done.returncode == 0, done.stderr
        texts[" ".join(arguments)] = done.stdout + done.stderr
    state = program.simulation.folder / "backend"
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
            metadata = json.dumps(api.sanitize_for_serialization(secret.metadata))
            texts[f"metadata of {secret.metadata.name}"] = metadata
    assert {place: secrets_in(text) for place, text in texts.items() if secrets_in(text)} == {}

    data = {
        f"{secret.metadata.name}/{key}": base64.b64decode(value).decode()
        for secret in secrets
        for key, value in (secret.data or {}).items()
    }
    assert data["chat-mongodb-url/mongo-uri"] == CANARIES["mongodbUrl"]
    assert data["chat-nats-url/url"] == CANARIES["natsUrl"]
    assert data["chat-environment/ROCKETCHAT_LICENSE"] == CANARIES["license"]
    assert data["chat-environment/REG_TOKEN"] == CANARIES["registrationToken"]
    password = quote(CANARIES["smtpPassword"], safe="")
    assert data["chat-smtp/mail-url"] == f"smtp://us%20er%40x:{password}@mail.example.com:587"


def test_an_error_shows_no_secret(program: Program) -> None:
    program.secrets = {**CANARIES, "natsUrl": "CANARY-no-url", "mongodbUrl": "CANARY"}
    output = program.fails(replicaCount=0, releaseName="Bad", **SMTP)
    assert "natsUrl: isn't a URL" in output
    assert "mongodbUrl: isn't a URL" in output
    assert "CANARY" not in output


def test_rotating_a_secret_restarts_only_what_reads_it(program: Program) -> None:
    program.secrets = dict(CANARIES)
    program.up(**SMTP)
    for secret, readers in READERS.items():
        before = generations(program)
        program.secrets[secret] += "-rotated"
        program.up(**SMTP)
        after = generations(program)
        restarted = {name for name in after if after[name] != before[name]}
        assert restarted == {f"chat-{reader}" for reader in readers}, secret


def generations(program: Program) -> dict[str, int]:
    """Returns how often each workload's spec has changed."""
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        return {
            workload.metadata.name: workload.metadata.generation
            for workload in (
                *apps.list_namespaced_deployment(program.namespace).items,
                *apps.list_namespaced_stateful_set(program.namespace).items,
            )
        }
