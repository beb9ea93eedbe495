"""Variables, certificates and each service's own settings, on the real engine."""

import json
from typing import Any

import pytest
from kubernetes import client

from tests.support.program import Program

pytestmark = pytest.mark.engine

CANARY = "CANARY-variables"
CONFIG: dict[str, Any] = {
    "variables": {"TZ": "Europe/Berlin"},
    "variablesFrom": {"FROM_SECRET": {"name": "own", "key": "key"}},
    "trustedCertificates": {"configMap": "authority", "key": "ca.pem"},
    "imagePullSecrets": ["pull"],
    "clusterAssignsUsers": True,
    "services": {
        "ddpStreamer": {
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "podAnnotations": {"example.com/note": "{{ kept }}"},
            "podLabels": {"team": "chat"},
            "probes": {"startupSeconds": 600, "timeoutSeconds": 9},
            "variables": {"TZ": "UTC"},
        },
        "account": {"probes": {"enabled": False}},
    },
}


def test_settings_reach_the_pods_and_a_second_update_changes_nothing(program: Program) -> None:
    program.up(**CONFIG)
    assert program.environment_of("chat-rocketchat", "rocketchat")["TZ"] == "Europe/Berlin"
    variables = program.environment_of("chat-ddp-streamer")
    assert variables["TZ"] == "UTC"
    assert variables["NODE_EXTRA_CA_CERTS"].endswith("/ca.pem")
    assert variables["FROM_SECRET"].secret_key_ref.name == "own"
    pod = program.deployment("chat-ddp-streamer").spec.template
    assert pod.metadata.annotations["example.com/note"] == "{{ kept }}"
    assert pod.spec.security_context.run_as_user is None
    assert [item.name for item in pod.spec.image_pull_secrets] == ["pull"]
    (account,) = program.deployment("chat-account").spec.template.spec.containers
    assert account.readiness_probe is None
    assert program.preview(**CONFIG)["changeSummary"].keys() == {"same"}


def test_a_variable_that_the_config_encrypts_is_in_a_secret_and_rolls_the_pods(
    program: Program,
) -> None:
    def deploy(secret: str) -> str:
        program.configure(variables={"TZ": "UTC"})
        stack = program.stack().name
        options = ("--secret", "--path", "--stack", stack)
        assert program.run("config", "set", "variables.TOKEN", secret, *options).returncode == 0
        done = program.run("up", "--yes", "--skip-preview", "--stack", stack)
        assert done.returncode == 0, done.stdout
        diff = program.run("preview", "--diff", "--stack", stack).stdout
        export = program.run("stack", "export", "--stack", stack).stdout
        assert secret not in done.stdout + diff + export
        annotations = program.deployment("chat-presence").spec.template.metadata.annotations
        return str(annotations["checksum/chat-variables"])

    assert deploy(CANARY) != deploy(f"{CANARY}-2")
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        secret = core.read_namespaced_secret("chat-variables", program.namespace)
    assert set(secret.data) == {"TZ", "TOKEN"}
    variables = program.environment_of("chat-presence")
    assert variables["TOKEN"].secret_key_ref.name == "chat-variables"
    assert CANARY not in json.dumps(str(variables))
