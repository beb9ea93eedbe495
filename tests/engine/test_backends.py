"""MongoDB, NATS and the licence by Secrets that are on the cluster."""

import base64
from typing import Any

import pytest
from kubernetes import client

from tests.support.program import Program

pytestmark = pytest.mark.engine

CANARY = "CANARY-backends"


def _create_secret(program: Program, name: str, data: dict[str, str]) -> None:
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        body = {"metadata": {"name": name}, "stringData": data}
        core.create_namespaced_secret(program.namespace, body)


def _password(program: Program) -> str:
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        secret = core.read_namespaced_secret("chat-nats-password", program.namespace)
        return base64.b64decode(secret.data["password"]).decode()


def test_the_password_of_nats_is_drawn_once_and_stays_in_its_secret(program: Program) -> None:
    authentication = {"nats": {"authentication": True}}
    program.up(**authentication)
    password = _password(program)
    assert program.preview(**authentication)["changeSummary"].keys() == {"same"}
    program.up(**authentication, replicas={"presence": 2})
    assert _password(program) == password
    outputs = [
        program.run(*arguments, "--stack", "test").stdout
        for arguments in (("stack", "export"), ("preview", "--diff"), ("preview", "--json"))
    ]
    with program.cluster.client() as api:
        apps: Any = client.AppsV1Api(api)
        core: Any = client.CoreV1Api(api)
        outputs += [
            str(core.list_namespaced_config_map(program.namespace)),
            str(apps.list_namespaced_deployment(program.namespace)),
            str(apps.list_namespaced_stateful_set(program.namespace)),
        ]
    assert [text for text in outputs if not text or password in text] == []

    program.up()
    with program.cluster.client() as api:
        core = client.CoreV1Api(api)
        secrets = core.list_namespaced_secret(program.namespace).items
    assert "chat-nats-password" not in [secret.metadata.name for secret in secrets]


def test_what_a_secret_on_the_cluster_holds_is_reported_in_the_preview(program: Program) -> None:
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        core.create_namespace({"metadata": {"name": program.namespace}})
    _create_secret(program, "licence", {"license": CANARY})
    _create_secret(
        program,
        "chat-mongodb",
        {"connectionString.standard": f"mongodb://chat:{CANARY}@db.example.com/admin?ssl=true"},
    )
    program.configure(
        createNamespace=False,
        mongodbSecretKey="connectionString.standard",
        licenseSecret="licence",
    )
    program.stack()
    reported = program.run("preview", "--stack", "test", "--color", "never").stdout
    assert (
        "mongodbSecret: Secret chat-mongodb holds a URL that names the database `admin`" in reported
    )
    assert (
        "licenseSecret: Secret licence has no key ROCKETCHAT_LICENSE (it has license)" in reported
    )
    assert CANARY not in reported
