"""Helm's records of a release: Secrets in the release's namespace, one for each revision.

While a stack has the workspace, copies under other names and labels stand in for them, which Helm
doesn't find, and from which they can be restored.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from components.kube.api import Api, ApiError
from components.kube.objects import KubernetesObject, to_plain_json
from tools.adopt import live_objects
from tools.errors import ToolError
from tools.status.observed import to_tool_error

RECORD_TYPE = "helm.sh/release.v1"
COPY_TYPE = "rocketchat.adopted/release.v1"
COPY_LABEL = "rocketchat.adopted/release"
COPY_PREFIX = "adopted."
_LABELS_ANNOTATION = "rocketchat.adopted/original-labels"
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


def find_release(api: Api, name: str, namespace: str) -> Release | None:
    """Returns a release from Helm's records or their copies; None if there are neither."""
    secrets = find_records(api, name, namespace) or find_copies(api, name, namespace)
    return decode(secrets[-1]) if secrets else None


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


def replace_with_copies(api: Api, name: str, namespace: str) -> None:
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
            "annotations": {_LABELS_ANNOTATION: json.dumps(metadata["labels"])},
        }
        live_objects.create(api, _secret(copied, COPY_TYPE, record["data"]))
        live_objects.delete(api, record)


def restore(api: Api, name: str, namespace: str) -> None:
    """Creates Helm's records from their copies, which stay."""
    for copy in find_copies(api, name, namespace):
        metadata = copy["metadata"]
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
        ToolError: If it isn't a record of Helm 3, or is damaged.
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
            objects=_parse_manifest(release["manifest"], str(release["namespace"])),
        )
    except _DECODE_ERRORS:
        # The reason may quote the record, which contains secrets.
        raise ToolError(
            f"Secret {secret['metadata']['name']} isn't a record that Helm 3 writes, or is damaged."
            " Check it with `helm status`.",
        ) from None


def _parse_manifest(manifest: str, namespace: str) -> list[KubernetesObject]:
    documents = yaml.load_all(manifest, Loader=yaml.CSafeLoader)
    objects = [to_plain_json(document) for document in documents if document]
    for obj in objects:
        obj["metadata"].setdefault("namespace", namespace)
    return objects


def _secrets(api: Api, namespace: str, selector: str) -> list[KubernetesObject]:
    try:
        items = api.items(f"/api/v1/namespaces/{namespace}/secrets", selector)
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
