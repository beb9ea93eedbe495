"""What each service has for itself, and what every pod has."""

from typing import Any

from components.inputs.resolve import resolve
from components.kube.objects import containers, pod_spec, workloads
from components.manifests.patches import apply_patches
from components.manifests.verify import mismatches
from components.services import BY_NAME, NATS
from tests.support.components import Object, inputs, kept_objects, of_kind, problems_of
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import chart_of

SOCKETS = {"key": "sockets", "operator": "Exists"}


def patched(**args: object) -> dict[str, Object]:
    spec = resolve(inputs(namespace="chat", **args))
    objects = apply_patches(kept_objects("per-service"), spec, "8.6.1")
    about = ("variables", "trusted_certificates")
    found = mismatches(objects, spec, chart_of(SIMULATION_CHART))
    assert [mismatch for mismatch in found if mismatch.input in about] == []
    return {obj["metadata"]["name"]: obj for obj in workloads(objects)}


def test_a_services_own_scheduling_takes_the_place_of_the_workspaces() -> None:
    found = patched(
        node_selector={"pool": "chat"},
        services={
            "ddp_streamer": {
                "node_selector": {"pool": "sockets"},
                "tolerations": [SOCKETS],
                "priority_class": "high",
                "pod_annotations": {"vault.example.com/inject": "{{ x }}"},
                "pod_labels": {"team": "chat"},
            }
        },
    )
    pod = pod_spec(found["chat-ddp-streamer"])
    assert pod["nodeSelector"] == {"pool": "sockets"}
    assert SOCKETS in pod["tolerations"]
    assert pod["priorityClassName"] == "high"
    metadata = found["chat-ddp-streamer"]["spec"]["template"]["metadata"]
    assert metadata["annotations"]["vault.example.com/inject"] == "{{ x }}"
    assert metadata["labels"]["team"] == "chat"
    others = {name for name in found if name != "chat-ddp-streamer"}
    assert {
        name for name in others if pod_spec(found[name])["nodeSelector"] != {"pool": "chat"}
    } == set()
    assert "priorityClassName" not in pod_spec(found["chat-nats"])


def test_the_labels_by_which_services_find_pods_are_refused() -> None:
    labels = {"app.kubernetes.io/name": "x"}
    settings = {"services": {"account": {"pod_labels": labels}}}
    (problem,) = problems_of(lambda: resolve(inputs(**settings)))
    assert "is how Services find the pods" in problem


def test_probes_have_a_services_own_times_or_are_off() -> None:
    times = {"startup_seconds": 1000, "period_seconds": 20, "timeout_seconds": 9}
    services = {"rocketchat": {"probes": times}, "presence": {"probes": {"enabled": False}}}
    found = patched(services=services)
    (monolith,) = pod_spec(found["chat-rocketchat"])["containers"]
    assert monolith["startupProbe"]["failureThreshold"] == 100
    assert monolith["startupProbe"]["periodSeconds"] == 10
    for name in ("livenessProbe", "readinessProbe"):
        assert (monolith[name]["periodSeconds"], monolith[name]["timeoutSeconds"]) == (20, 9)
    (presence,) = pod_spec(found["chat-presence"])["containers"]
    assert not [name for name in presence if name.endswith("Probe")]


def test_every_pod_has_the_credentials_of_registries() -> None:
    for workload in patched(image_pull_secrets=["one", "two"]).values():
        names = [item["name"] for item in pod_spec(workload)["imagePullSecrets"]]
        assert names[-2:] == ["one", "two"]


def test_where_the_cluster_assigns_users_no_pod_names_one() -> None:
    users = {"runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "supplementalGroups"}
    for workload in patched(cluster_assigns_users=True).values():
        pod = pod_spec(workload)["securityContext"]
        contexts: list[dict[str, Any]] = [pod]
        contexts += [container["securityContext"] for container in containers(workload)]
        assert not any(users & context.keys() for context in contexts)
        assert pod["runAsNonRoot"] is True
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all(context["capabilities"] == {"drop": ["ALL"]} for context in contexts[1:])


def test_a_volume_of_many_files_is_not_walked_through_at_each_start() -> None:
    for workload in patched().values():
        assert pod_spec(workload)["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"


def test_every_rocketchat_service_trusts_the_certificates() -> None:
    found = patched(trusted_certificates={"config_map": "authority"})
    for service in BY_NAME.values():
        workload = found[f"chat-{service.kebab_name}"]
        container = next(c for c in containers(workload) if c["name"] == service.container)
        variables = {entry["name"]: entry.get("value") for entry in container.get("env", [])}
        file = variables.get("NODE_EXTRA_CA_CERTS")
        if service is NATS:
            assert file is None
            continue
        assert file == "/etc/rocketchat/trusted-certificates/ca.crt"
        volume = pod_spec(workload)["volumes"][-1]
        assert volume["configMap"]["name"] == "authority"
        assert container["volumeMounts"][-1]["name"] == volume["name"]


def test_certificates_come_from_one_place() -> None:
    both = {"trusted_certificates": {"config_map": "a", "secret": "b"}}
    (problem,) = problems_of(lambda: resolve(inputs(**both)))
    assert problem.startswith("trusted_certificates: takes one of")


def test_a_hard_rule_that_keeps_pods_apart_is_reported_where_it_is_everybodys() -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}
    hard = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert any(
        "required podAntiAffinity" in line for line in resolve(inputs(affinity=hard)).warnings
    )
    own = {"services": {"rocketchat": {"affinity": hard}}}
    assert not any("podAntiAffinity" in line for line in resolve(inputs(**own)).warnings)
    assert of_kind(list(patched(**own).values()), "Deployment")
