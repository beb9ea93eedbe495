"""Node pools that an autoscaler makes larger when pods find no node."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle

from components.kube.api import Api
from components.kube.paths import collection_path
from tools.errors import ToolError
from tools.rehearse.snapshot import ClusterSnapshot, Node
from tools.rehearse.twin import node_object

POOL_LABELS = (
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "karpenter.sh/nodepool",
    "doks.digitalocean.com/node-pool",
)
"""The labels by which Kubernetes services name a node's pool."""
HOSTNAME_LABEL = "kubernetes.io/hostname"


def parse_pools(texts: Sequence[str], snapshot: ClusterSnapshot) -> dict[str, int]:
    """Returns by how many nodes each pool may grow.

    Raises:
        ToolError: If a text isn't NAME=COUNT, or no node is of that pool.
    """
    pools: dict[str, int] = {}
    known = sorted({pool for node in snapshot.nodes if (pool := _pool_of(node))})
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isdecimal():
            raise ToolError(
                f"--pool {text}: give a pool and how many nodes may be added, as in"
                " --pool workers=3."
            )
        if name not in known:
            raise ToolError(
                f"--pool {text}: no node is of a pool {name}. The nodes' labels name:"
                f" {', '.join(known) or 'none'}."
            )
        pools[name] = int(number)
    return pools


class Autoscaler:
    """Adds nodes like those of a pool to the twin, as long as the pool may grow.

    Args:
        api: The twin.
        snapshot: The cluster.
        pools: By how many nodes each pool may grow.
    """

    def __init__(self, api: Api, snapshot: ClusterSnapshot, pools: Mapping[str, int]) -> None:
        self._api = api
        self._first_index = len(snapshot.nodes)
        self._left = dict(pools)
        self._models = {
            pool: cycle([node for node in snapshot.nodes if _pool_of(node) == pool])
            for pool in pools
        }
        self.added: list[Node] = []
        """The nodes that were added."""

    def add_node(self) -> bool:
        """Adds a node, and returns whether any pool could grow."""
        pool = next((name for name, left in self._left.items() if left), None)
        if pool is None:
            return False
        self._left[pool] -= 1
        model = next(self._models[pool])
        name = f"{pool}-added-{len(self.added) + 1}"
        labels = {**model.labels, HOSTNAME_LABEL: name}
        node = replace(model, name=name, labels=labels, accepts_pods=True)
        index = self._first_index + len(self.added)
        self._api.send("POST", collection_path("v1", "Node"), node_object(index, node))
        self.added.append(node)
        return True


def _pool_of(node: Node) -> str:
    return next((node.labels[label] for label in POOL_LABELS if label in node.labels), "")
