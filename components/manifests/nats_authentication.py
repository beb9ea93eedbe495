"""The configuration by which the bundled NATS asks its clients for a password.

The chart's own values for it would put the password in plain text into a ConfigMap. NATS reads it
from an environment variable instead.
"""

from collections.abc import Iterable

from components.inputs.definitions import NATS_PASSWORD
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list, nested_map, pod_spec
from components.manifests.transporter import NATS_USER
from components.manifests.workloads import find_workload
from components.services import NATS

_FILE = "nats.conf"
# Without quotes, as NATS replaces a variable only there.
_AUTHORIZATION = f"authorization {{\n  user: {NATS_USER}\n  password: ${NATS_PASSWORD}\n}}\n"


def ask_for_password(objects: list[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Makes NATS ask for the password; servers among themselves use a port of their own."""
    nats = find_workload(objects, NATS, spec.release)
    for config in _configurations(objects, nats):
        config["data"][_FILE] = f"{config['data'][_FILE].rstrip()}\n{_AUTHORIZATION}"


def asks_for_password(objects: list[KubernetesObject], nats: KubernetesObject) -> bool:
    """Whether the servers of this StatefulSet are configured to ask for the password."""
    return any(_AUTHORIZATION in config["data"][_FILE] for config in _configurations(objects, nats))


def _configurations(
    objects: list[KubernetesObject], nats: KubernetesObject | None
) -> Iterable[KubernetesObject]:
    """The ConfigMaps that NATS reads its configuration from."""
    mounted = {
        nested_map(volume, "configMap").get("name")
        for volume in nested_list(pod_spec(nats or {}), "volumes")
    }
    return [
        obj
        for obj in objects
        if obj["kind"] == "ConfigMap"
        and obj["metadata"]["name"] in mounted
        and _FILE in nested_map(obj, "data")
    ]
