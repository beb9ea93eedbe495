"""A cluster's shape: what decides whether pods fit, and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools import output
from tools.errors import ToolError

FORMAT = 1
"""Of the file. A change that makes older files unreadable raises it."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """A machine, and what it has to give."""

    name: str
    labels: Mapping[str, str]
    taints: list[Json]
    accepts_pods: bool
    """Whether it is Ready and not cordoned."""
    allocatable: Mapping[str, str]


@dataclass(frozen=True)
class Pod:
    """A pod of others, as far as it takes room or decides where pods go."""

    namespace: str
    name: str
    node: str
    """ "" while it is Pending."""
    owner_kind: str
    """Such as `ReplicaSet`; "" for a pod on its own."""
    owner: str
    labels: Mapping[str, str]
    requests: Mapping[str, str]
    """Of the whole pod, with its init containers and its overhead."""
    host_ports: list[Json]
    scheduling: Json
    """The fields of the pod's spec by which the scheduler chooses nodes."""


@dataclass(frozen=True)
class WorkspacePod:
    """A pod of the workspace itself."""

    workload: str
    node: str
    ready_seconds: float | None
    """From its node's being chosen until it got ready; None if it isn't ready."""


@dataclass(frozen=True)
class Volume:
    """A volume of the workspace that only some nodes can mount."""

    claim: str
    """The PersistentVolumeClaim."""
    node_affinity: Json
    """Which nodes, as the volume has it."""


@dataclass(frozen=True)
class ClusterSnapshot:
    """What was read of a cluster."""

    nodes: list[Node]
    pods: list[Pod]
    workspace: list[WorkspacePod]
    volumes: list[Volume] = field(default_factory=list)
    budgets: list[Json] = field(default_factory=list)
    """PodDisruptionBudgets of others: namespace, name and spec."""
    quotas: list[Json] = field(default_factory=list)
    """The specs of the quotas in the workspace's namespace."""
    limit_ranges: list[Json] = field(default_factory=list)
    """The specs of the limit ranges in the workspace's namespace."""
    priority_classes: list[Json] = field(default_factory=list)
    pod_security: Mapping[str, str] = field(default_factory=dict)
    """The PodSecurity labels of the workspace's namespace."""
    notes: list[str] = field(default_factory=list)
    """What couldn't be read, and what follows from that."""

    def save(self, path: Path) -> None:
        """Writes the snapshot as a JSON file.

        Raises:
            ToolError: If the file can't be written.
        """
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"
        output.write_option("--save", path, text)


def load(path: Path) -> ClusterSnapshot:
    """Returns the snapshot in a file.

    Raises:
        ToolError: If there is no such file, or it holds no snapshot of this format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ToolError(
                f"--from {path}: its format isn't {FORMAT}. Save the cluster again with --save."
            )
        lists = {"nodes": Node, "pods": Pod, "workspace": WorkspacePod, "volumes": Volume}
        for name, type_ in lists.items():
            content[name] = [type_(**item) for item in content[name]]
        return ClusterSnapshot(**content)
    except OSError as error:
        raise ToolError(f"--from {path}: the file can't be read ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ToolError(
            f"--from {path}: this isn't a saved cluster. Make one with --save."
        ) from None
