import json
from pathlib import Path
from typing import Any

import pytest

from components.kube.api import Api
from components.kube.connection import Response
from tools.errors import ToolError
from tools.rehearse.hashed import hash_names
from tools.rehearse.read import read_cluster
from tools.rehearse.snapshot import ClusterSnapshot, load

CANARY = "canary-in-a-cage"
READY = [
    {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:42Z"},
]


def pod(name: str, labels: dict[str, str], **spec: object) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": "chat",
            "name": name,
            "labels": labels,
            "annotations": {"note": CANARY},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "owner-5d", "controller": True}],
        },
        "spec": {
            "nodeName": "secret-node",
            "containers": [
                {
                    "name": "main",
                    "image": f"{CANARY}/image",
                    "command": [CANARY],
                    "env": [{"name": "PASSWORD", "value": CANARY}],
                    "resources": {"requests": {"cpu": "250m"}},
                }
            ],
            **spec,
        },
        "status": {"phase": "Running", "conditions": READY},
    }


OBJECTS = {
    "/api/v1/nodes": [
        {
            "metadata": {
                "name": "secret-node",
                "labels": {
                    "kubernetes.io/hostname": "secret-node",
                    "topology.kubernetes.io/zone": "zone-a",
                    "team": "secret-team",
                },
                "annotations": {"note": CANARY},
            },
            "spec": {
                "taints": [
                    {"key": "team", "value": "secret-team", "effect": "NoSchedule"},
                    {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
                ]
            },
            "status": {
                "allocatable": {"cpu": "4"},
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }
    ],
    "/api/v1/pods": [
        pod(
            "chat-presence-5d-abc",
            {"app.kubernetes.io/instance": "chat", "pod-template-hash": "5d"},
        ),
        pod(
            "secret-app",
            {"app.kubernetes.io/name": "secret-app"},
            nodeSelector={"team": "secret-team"},
            tolerations=[{"key": "team", "value": "secret-team", "operator": "Equal"}],
            affinity={
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "topologyKey": "kubernetes.io/hostname",
                            "labelSelector": {
                                "matchExpressions": [
                                    {
                                        "key": "app.kubernetes.io/name",
                                        "operator": "In",
                                        "values": ["secret-app"],
                                    }
                                ]
                            },
                        }
                    ]
                }
            },
        ),
        {**pod("finished", {}), "status": {"phase": "Succeeded"}},
    ],
    "/api/v1/persistentvolumes": [
        {
            "metadata": {"name": "secret-volume"},
            "spec": {
                "claimRef": {"namespace": namespace, "name": "chat-uploads"},
                "nodeAffinity": {
                    "required": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {
                                        "key": "kubernetes.io/hostname",
                                        "operator": "In",
                                        "values": ["secret-node"],
                                    }
                                ]
                            }
                        ]
                    }
                },
            },
        }
        for namespace in ("chat", "secret-space")
    ],
    "/apis/policy/v1/poddisruptionbudgets": [
        {
            "metadata": {"namespace": "secret-space", "name": "secret-budget"},
            "spec": {"selector": {"matchLabels": {"app": "secret-app"}}, "minAvailable": 1},
        }
    ],
}


class Recorded:
    """A cluster that answers lists, and records what it is asked for."""

    server = "https://cluster.example.com"

    def __init__(self, forbidden: str = "") -> None:
        self.requests: list[tuple[str, str]] = []
        self._forbidden = forbidden

    def request(
        self, method: str, path: str, _body: object, _headers: object, _seconds: float
    ) -> Response:
        self.requests.append((method, path))
        if path == self._forbidden:
            return Response(403, "Forbidden", b'{"message": "no list for you"}')
        return Response(200, "OK", json.dumps({"items": OBJECTS.get(path, [])}).encode())

    def close(self) -> None:
        pass


def read(connection: Recorded | None = None) -> ClusterSnapshot:
    return read_cluster(Api(connection or Recorded()), "chat", "chat")


def test_the_cluster_is_only_read_and_never_its_secrets_or_config_maps() -> None:
    connection = Recorded()
    read(connection)
    assert {method for method, _ in connection.requests} == {"GET"}
    paths = [path for _, path in connection.requests]
    assert paths
    assert not any("secret" in path or "configmap" in path for path in paths)


def test_nothing_is_kept_of_what_containers_are_given(tmp_path: Path) -> None:
    read().save(tmp_path / "cluster.json")
    assert CANARY not in (tmp_path / "cluster.json").read_text()


def test_a_saved_cluster_is_loaded_as_it_was(tmp_path: Path) -> None:
    read().save(tmp_path / "cluster.json")
    assert load(tmp_path / "cluster.json") == read()


def test_what_decides_where_pods_fit_is_kept() -> None:
    snapshot = read()
    (node,) = snapshot.nodes
    assert node.accepts_pods
    assert node.allocatable == {"cpu": "4"}
    # Kubernetes adds its own taints to the twin by itself.
    assert [taint["key"] for taint in node.taints] == ["team"]
    (other,) = snapshot.pods
    assert (other.name, other.node, other.requests) == (
        "secret-app",
        "secret-node",
        {"cpu": "250m"},
    )
    (volume,) = snapshot.volumes
    assert volume.claim == "chat-uploads"
    (own,) = snapshot.workspace
    assert (own.workload, own.ready_seconds) == ("owner", 42)


def test_hashed_names_stay_equal_where_they_were_and_tell_nothing(tmp_path: Path) -> None:
    hashed = hash_names(read())
    hashed.save(tmp_path / "cluster.json")
    assert "secret" not in (tmp_path / "cluster.json").read_text()
    (node,) = hashed.nodes
    (other,) = hashed.pods
    (budget,) = hashed.budgets
    assert other.node == node.name == node.labels["kubernetes.io/hostname"]
    assert node.labels["topology.kubernetes.io/zone"] == "zone-a"
    (team_key,) = other.scheduling["nodeSelector"]
    assert other.scheduling["nodeSelector"][team_key] == node.labels[team_key]
    assert node.taints[0]["value"] == node.labels[team_key]
    assert other.scheduling["tolerations"][0]["value"] == node.labels[team_key]
    term = other.scheduling["affinity"]["podAntiAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ][0]["labelSelector"]["matchExpressions"][0]
    assert term["values"] == [other.labels[term["key"]]]
    assert list(budget["spec"]["selector"]["matchLabels"].values()) == term["values"]
    (volume,) = hashed.volumes
    (place,) = volume.node_affinity["required"]["nodeSelectorTerms"][0]["matchExpressions"]
    assert place["values"] == [node.name]
    assert hash_names(read()).pods[0].name != other.name


def test_what_may_not_be_read_is_said_with_what_follows() -> None:
    path = "/apis/policy/v1/poddisruptionbudgets"
    (note,) = read(Recorded(forbidden=path)).notes
    assert "none of them blocks a drain (no list for you)" in note


def test_without_nodes_there_is_nothing_to_rehearse() -> None:
    with pytest.raises(ToolError, match="allowed to list nodes of the whole cluster"):
        read(Recorded(forbidden="/api/v1/nodes"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "nodes": [{}]}'])
def test_a_file_that_is_no_cluster_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(text)
    with pytest.raises(ToolError, match="this isn't a saved cluster"):
        load(file)
