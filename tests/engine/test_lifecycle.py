"""The life of a stack on the real engine, provider and control plane."""

from typing import Any

import pytest
from kubernetes import client

from components.services import SERVICES
from tests.support.program import Program

pytestmark = pytest.mark.engine

DEDICATED = tuple(service.kebab_name for service in SERVICES if service.dedicated)
OMNICHANNEL = {service.kebab_name for service in SERVICES if service.omnichannel}


def changed_steps(preview: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in preview["steps"] if step["op"] != "same"]


def test_replica_count_reaches_every_service(program: Program) -> None:
    program.up(replicaCount=2)
    assert program.pods() == {
        **dict.fromkeys(("rocketchat", *DEDICATED, "nats"), 2),
        "nats-box": 1,
    }


def test_replicas_reach_each_service(program: Program) -> None:
    replicas = {
        "rocketchat": 3,
        "presence": 2,
        "ddpStreamer": 8,
        "account": 4,
        "authorization": 5,
        "queueWorker": 2,
        "omnichannelTranscript": 3,
        "nats": 5,
    }
    result = program.up(replicas=replicas)
    assert program.pods() == {
        "rocketchat": 3,
        "presence": 2,
        "ddp-streamer": 8,
        "account": 4,
        "authorization": 5,
        "queue-worker": 2,
        "omnichannel-transcript": 3,
        "nats": 5,
        "nats-box": 1,
    }
    assert result.outputs["instances"] == replicas


def test_concurrent_users_decide_the_number_of_ddp_streamers(program: Program) -> None:
    program.up(concurrentUsers=1501)
    assert program.pods()["ddp-streamer"] == 4


def test_a_second_up_changes_nothing(program: Program) -> None:
    program.up()
    assert set(program.repeat_up().changes) == {"same"}


def test_outputs_are_the_same_in_preview_and_after_up(program: Program) -> None:
    program.configure(replicas={"ddpStreamer": 3})
    events: list[Any] = []
    program.stack().preview(on_event=events.append)
    (previewed,) = [
        event.res_outputs_event.metadata.new.outputs
        for event in events
        if event.res_outputs_event
        and event.res_outputs_event.metadata.type == "pulumi:pulumi:Stack"
        and event.res_outputs_event.metadata.new
        and event.res_outputs_event.metadata.new.outputs
    ]
    after = program.repeat_up().outputs
    assert previewed == after
    domain = f"{program.namespace}.svc.cluster.local"
    assert after["url"] == "https://chat.example.com"
    assert after["namespace"] == program.namespace
    assert after["chartVersion"] == "7.0.2"
    assert after["appVersion"] == "8.6.1"
    assert after["endpoints"]["ddpStreamer"] == {
        "workload": "Deployment/chat-ddp-streamer",
        "instances": 3,
        "dns": f"chat-ddp-streamer.{domain}",
        "ports": {"http": 3000, "metrics": 9458},
        "publicUrl": "wss://chat.example.com/websocket",
    }
    assert after["endpoints"]["nats"]["servers"] == [
        f"chat-nats-0.chat-nats.{domain}",
        f"chat-nats-1.chat-nats.{domain}",
    ]
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        services = core.list_namespaced_service(program.namespace).items
    ports = {item.metadata.name: {p.name: p.port for p in item.spec.ports} for item in services}
    for endpoint in after["endpoints"].values():
        name = endpoint["dns"].split(".")[0]
        assert ports[name].items() <= endpoint["ports"].items()


def test_scaling_one_service_changes_one_path_of_one_object(program: Program) -> None:
    program.up(replicas={"presence": 2})
    steps = changed_steps(program.preview(replicas={"presence": 5}))
    objects = [step for step in steps if "kubernetes:apps" in step["urn"]]
    assert [step["urn"].rsplit("/", 1)[-1] for step in objects] == ["chat-presence"]
    assert list(objects[0]["detailedDiff"]) == ["spec.replicas"]
    # The others are the stack and the component, whose outputs contain the new number.
    assert {step["urn"].rsplit("::", 1)[-1] for step in steps if step not in objects} <= {
        "rocketchat-test",
        "rocketchat",
    }
    program.up(replicas={"presence": 5})
    assert program.pods()["presence"] == 5


def test_a_workspace_moves_to_an_external_nats_and_back(program: Program) -> None:
    program.up()
    assert program.pods()["nats"] == 2
    program.secrets = {"natsUrl": "nats://user:canary@nats.example.com:4222"}
    program.up()
    assert "nats" not in program.pods()
    for service in ("rocketchat", *DEDICATED):
        source = program.environment_of(f"chat-{service}")["TRANSPORTER"].secret_key_ref
        assert (source.name, source.key) == ("chat-nats-url", "url")
    program.secrets = {}
    program.stack().remove_config("natsUrl")
    program.up()
    assert program.pods()["nats"] == 2
    assert program.environment_of("chat-presence")["TRANSPORTER"] == "nats://chat-nats:4222"


def test_an_existing_secret_names_an_external_nats(program: Program) -> None:
    program.up(nats={"existingSecret": {"name": "their-nats", "key": "address"}})
    source = program.environment_of("chat-account")["TRANSPORTER"].secret_key_ref
    assert (source.name, source.key) == ("their-nats", "address")
    assert "nats" not in program.pods()


def test_monolith_features_changes_the_monolith_which_does_omnichannels_work_then(
    program: Program,
) -> None:
    program.up()
    assert set(program.pods()) > OMNICHANNEL
    program.up(monolithFeatures="enabled")
    assert not OMNICHANNEL & set(program.pods())
    monolith = program.environment_of("chat-rocketchat")
    assert monolith["TRANSPORTER"] == "monolith+nats://chat-nats:4222"
    for service in set(DEDICATED) - OMNICHANNEL:
        transporter = program.environment_of(f"chat-{service}")["TRANSPORTER"]
        assert transporter == "nats://chat-nats:4222"
    program.up(
        monolithFeatures="enabled",
        nats={"existingSecret": {"name": "their-nats", "key": "address"}},
    )
    monolith = program.environment_of("chat-rocketchat")
    assert monolith["TRANSPORTER"] == "monolith+$(NATS_URL)"
    assert monolith["NATS_URL"].secret_key_ref.name == "their-nats"


def test_a_workspace_moves_to_the_monolith_and_back(program: Program) -> None:
    program.up()
    program.up(mode="monolith")
    assert program.pods() == {"rocketchat": 1}
    assert "TRANSPORTER" not in program.environment_of("chat-rocketchat")
    program.up(mode="monolith", replicaCount=3)
    assert program.pods() == {"rocketchat": 3, "nats": 3, "nats-box": 1}
    monolith = program.environment_of("chat-rocketchat")
    assert monolith["TRANSPORTER"] == "monolith+nats://chat-nats:4222"
    program.up()
    assert program.pods() == {**dict.fromkeys(("rocketchat", *DEDICATED, "nats-box"), 1), "nats": 2}


def test_destroy_leaves_nothing(program: Program) -> None:
    def namespaces() -> set[str]:
        """The namespaces that are there, and those that pods are in."""
        with program.cluster.client() as api:
            core: Any = client.CoreV1Api(api)
            pods = core.list_pod_for_all_namespaces().items
            return {item.metadata.name for item in core.list_namespace().items} | {
                pod.metadata.namespace for pod in pods
            }

    program.up(uploads={"size": "5Gi"})
    assert program.namespace in namespaces()
    program.stack().destroy()
    assert program.namespace not in namespaces()


def test_uploads_have_a_volume(program: Program) -> None:
    program.up(uploads={"size": "5Gi", "accessMode": "ReadWriteMany"}, replicaCount=2)
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        (claim,) = core.list_namespaced_persistent_volume_claim(program.namespace).items
    assert claim.status.phase == "Bound"
    assert claim.spec.resources.requests["storage"] == "5Gi"
    assert claim.spec.access_modes == ["ReadWriteMany"]


def test_an_update_waits_for_a_load_balancer_of_the_monolith(program: Program) -> None:
    program.up(service={"type": "LoadBalancer", "port": 8080})
    with program.cluster.client() as api:
        core: Any = client.CoreV1Api(api)
        service = core.read_namespaced_service("chat-rocketchat", program.namespace)
    assert service.status.load_balancer.ingress
    assert service.spec.ports[0].port == 8080
