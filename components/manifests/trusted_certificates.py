"""Certificates of a private authority, which Node.js trusts besides its own."""

from components.inputs.definitions import CERTIFICATES
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, nested_list, pod_spec, set_env

_VOLUME = "trusted-certificates"
_FOLDER = "/etc/rocketchat/trusted-certificates"


def trust_certificates(
    workload: KubernetesObject, container: KubernetesObject, spec: WorkspaceSpec
) -> None:
    """Mounts the certificates into a service's container, and names their file to Node.js."""
    certificates = spec.args.get("trusted_certificates")
    if certificates is None:
        return
    items = {"items": [{"key": certificates["key"], "path": certificates["key"]}]}
    source = (
        {"configMap": {"name": certificates["config_map"], **items}}
        if "config_map" in certificates
        else {"secret": {"secretName": certificates["secret"], **items}}
    )
    pod = pod_spec(workload)
    pod["volumes"] = [*nested_list(pod, "volumes"), {"name": _VOLUME, **source}]
    mount = {"name": _VOLUME, "mountPath": _FOLDER, "readOnly": True}
    container["volumeMounts"] = [*nested_list(container, "volumeMounts"), mount]
    set_env(container, CERTIFICATES, certificates_file(certificates["key"]))


def certificates_file(key: str) -> str:
    """The path at which a container has the certificates."""
    return f"{_FOLDER}/{key}"
