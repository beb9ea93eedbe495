"""Topology spread constraints."""

from components.kube.objects import KubernetesObject, match_labels, pod_spec

TOPOLOGY_KEYS = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")


def add_topology_spread(workload: KubernetesObject) -> None:
    """Spreads a workload's pods over zones and nodes where possible.

    Constraints that are already there are left as they are.
    """
    constraints = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": match_labels(workload)},
        }
        for key in TOPOLOGY_KEYS
    ]
    pod_spec(workload).setdefault("topologySpreadConstraints", constraints)
