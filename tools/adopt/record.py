"""Helm's records of a release: Secrets in the release's namespace, one for each revision.

While a stack has the workspace, copies under other names and labels stand in for them, which Helm
doesn't find, and from which they can be restored.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from components.kube.api import Api, ApiError
from components.kube.objects import (
    KubernetesObject,
    kind_and_name,
    nested_map,
    workloads,
)
from components.kube.paths import collection_path
from tools.adopt import live_objects
from tools.adopt.deployers import FieldOwner
from tools.errors import ToolError
from tools.helm_template import parse_manifests
from tools.status.observed import to_tool_error

RECORD_TYPE = "helm.sh/release.v1"
COPY_TYPE = "rocketchat.adopted/release.v1"
COPY_LABEL = "rocketchat.adopted/release"
COPY_PREFIX = "adopted."
_LABELS_ANNOTATION = "rocketchat.adopted/original-labels"
_OWNER_ANNOTATION = "rocketchat.adopted/field-owner"
_DEPLOYED = "deployed"
HELM_3 = FieldOwner("helm", "Update")
HELM_4 = FieldOwner("helm", "Apply")
_GZIP_MAGIC = b"\x1f\x8b"
_DECODE_ERRORS = (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error, yaml.YAMLError)
"""What decoding anything but a record can raise."""


@dataclass(frozen=True)
class Release:
    """The latest revision of a release."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    defaults: Mapping[str, Any]
    """The chart's own values."""
    values: Mapping[str, Any]
    """The values that were given to Helm."""
    objects: list[KubernetesObject]
    """What the chart rendered."""
    owner: FieldOwner = HELM_3
    """As whom, and how, it was deployed."""

    @property
    def is_recorded(self) -> bool:
        """Whether it comes from a record of Helm's; revisions begin with 1."""
        return self.revision > 0


def find_release(api: Api, name: str, namespace: str, *, adopted: bool = False) -> Release | None:
    """Returns the revision that runs, from Helm's records or copies; None if there are neither.

    Where the newest revision failed or was interrupted, an older one may still run.

    Args:
        api: The cluster.
        name: The release's name.
        namespace: Its namespace.
        adopted: Whether the copies come first: an umbrella chart's record stays beside them.
    """
    finders = (find_copies, find_records) if adopted else (find_records, find_copies)
    secrets = finders[0](api, name, namespace) or finders[1](api, name, namespace)
    if not secrets:
        return None
    newest = decode(secrets[-1])
    if newest.status == _DEPLOYED:
        return newest
    older = reversed(secrets[:-1])
    deployed = next(
        (release for release in map(decode, older) if release.status == _DEPLOYED), None
    )
    if deployed is None:
        return newest
    live = live_objects.find_all(api, workloads([*newest.objects, *deployed.objects]))
    # Where both fit equally well, it is the one that Helm says.
    return max((deployed, newest), key=lambda release: _matching(release.objects, live))


def _matching(objects: Iterable[KubernetesObject], live: Mapping[str, KubernetesObject]) -> int:
    """Returns how many workloads run with the pod template that a revision has for them."""
    return sum(
        _is_part(
            workload["spec"]["template"]["spec"],
            nested_map(live.get(kind_and_name(workload)), "spec", "template", "spec"),
        )
        for workload in workloads(objects)
    )


def _is_part(part: Any, whole: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether `whole` has all that `part` has; Kubernetes adds defaults of its own."""
    if isinstance(part, Mapping) and isinstance(whole, Mapping):
        return all(_is_part(value, whole.get(key)) for key, value in part.items() if value)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(_is_part, part, whole))
    return bool(part == whole)


def find_records(api: Api, name: str, namespace: str) -> list[KubernetesObject]:
    """Returns Helm's own records of a release, the latest revision last."""
    return _secrets(api, namespace, f"owner=helm,name={name}")


def find_copies(api: Api, name: str, namespace: str) -> list[KubernetesObject]:
    """Returns the copies of a release's records, the latest revision last."""
    return _secrets(api, namespace, f"{COPY_LABEL}={name}")


def release_names(api: Api, namespace: str) -> list[str]:
    """Returns the names of the releases that Helm has in a namespace."""
    secrets = _secrets(api, namespace, "owner=helm")
    return sorted({str(secret["metadata"]["labels"].get("name", "")) for secret in secrets})


def replace_with_copies(api: Api, name: str, namespace: str, owner: FieldOwner) -> None:
    """Replaces Helm's records with copies; an interrupted run can be repeated.

    Each record is copied before it is deleted, and the latest revision is the last one, so that
    `find_release` returns the same release at any time.
    """
    for record in find_records(api, name, namespace):
        metadata = record["metadata"]
        copied = {
            "name": f"{COPY_PREFIX}{metadata['name']}",
            "namespace": namespace,
            "labels": {COPY_LABEL: name},
            "annotations": {
                _LABELS_ANNOTATION: json.dumps(metadata["labels"]),
                _OWNER_ANNOTATION: "/".join(owner),
            },
        }
        live_objects.create(api, _secret(copied, COPY_TYPE, record["data"]))
        live_objects.delete(api, record)


def keep(api: Api, release: Release, owner: FieldOwner) -> None:
    """Creates a copy of a record that there never was, so that the workspace can be returned."""
    content = {
        "name": release.name,
        "namespace": release.namespace,
        "version": release.revision,
        "info": {"status": release.status},
        "chart": {
            "metadata": {"name": release.chart, "version": release.chart_version},
            "values": release.defaults,
        },
        "config": release.values,
        "manifest": yaml.safe_dump_all(release.objects),
    }
    data = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
    metadata = {
        "name": f"{COPY_PREFIX}{release.name}.v{release.revision}",
        "namespace": release.namespace,
        "labels": {COPY_LABEL: release.name},
        "annotations": {_OWNER_ANNOTATION: "/".join(owner)},
    }
    live_objects.create(api, _secret(metadata, COPY_TYPE, {"release": data}))


def restore(api: Api, name: str, namespace: str) -> None:
    """Creates Helm's records from their copies, which stay."""
    for copy in find_copies(api, name, namespace):
        metadata = copy["metadata"]
        if _LABELS_ANNOTATION not in metadata["annotations"]:
            continue  # Helm had none
        original = {
            "name": metadata["name"].removeprefix(COPY_PREFIX),
            "namespace": namespace,
            "labels": json.loads(metadata["annotations"][_LABELS_ANNOTATION]),
        }
        live_objects.create(api, _secret(original, RECORD_TYPE, copy["data"]))


def delete_copies(api: Api, name: str, namespace: str) -> None:
    """Deletes the copies of a release's records."""
    for copy in find_copies(api, name, namespace):
        live_objects.delete(api, copy)


def decode(secret: KubernetesObject) -> Release:
    """Returns the release in a record or its copy.

    Raises:
        ToolError: If it isn't a record of Helm 3 or 4, or is damaged.
    """
    try:
        # Kubernetes encodes every Secret, and Helm encodes its record once more.
        content = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        if content.startswith(_GZIP_MAGIC):
            content = gzip.decompress(content)
        release = json.loads(content)
        chart = release["chart"]["metadata"]
        return Release(
            name=str(release["name"]),
            namespace=str(release["namespace"]),
            revision=int(release["version"]),
            status=str(release["info"]["status"]),
            chart=str(chart["name"]),
            chart_version=str(chart["version"]),
            defaults=release["chart"].get("values") or {},
            values=release.get("config") or {},
            objects=parse_manifests(release["manifest"], str(release["namespace"])),
            owner=_owner(secret, release),
        )
    except _DECODE_ERRORS:
        # The reason may quote the record, which contains secrets.
        raise ToolError(
            f"Secret {secret['metadata']['name']} isn't a record that Helm writes, or is damaged."
            " Check it with `helm status`.",
        ) from None


def _owner(secret: KubernetesObject, release: Mapping[str, Any]) -> FieldOwner:
    """As whom a release was deployed: as its copy has it, or as Helm 3 or 4 does."""
    manager, _, operation = str(
        nested_map(secret, "metadata", "annotations").get(_OWNER_ANNOTATION, "")
    ).partition("/")
    if operation:
        return FieldOwner(manager, operation)
    return HELM_4 if release.get("apply_method") == "ssa" else HELM_3


def _secrets(api: Api, namespace: str, selector: str) -> list[KubernetesObject]:
    try:
        items = api.items(collection_path("v1", "Secret", namespace), selector)
    except ApiError as error:
        raise to_tool_error(api, error, f"list secrets in namespace {namespace}") from None
    # Items of a list don't say what they are.
    secrets = [
        {"apiVersion": "v1", "kind": "Secret", **item}
        for item in items
        if item.get("type") in (RECORD_TYPE, COPY_TYPE)
    ]
    return sorted(secrets, key=lambda secret: _revision(str(secret["metadata"]["name"])))


def _revision(name: str) -> int:
    """`sh.helm.release.v1.chat.v12` is the record of revision 12."""
    number = name.rpartition(".v")[2]
    return int(number) if number.isdigit() else 0


def _secret(
    metadata: Mapping[str, Any], secret_type: str, data: Mapping[str, str]
) -> KubernetesObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": secret_type,
        "data": data,
    }
