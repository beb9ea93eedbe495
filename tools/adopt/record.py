"""Helm's record of a release: Secrets in the release's namespace, one for each revision.

While a workspace is taken over its records lie beside it under other names and labels, where Helm
doesn't look, so that they can be given back.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import yaml

from components.kube.objects import KubernetesObject, to_plain_json
from tools.adopt.errors import AdoptError
from tools.status.api import Api, ApiError
from tools.status.observed import explained

KIND = "helm.sh/release.v1"
COPY_KIND = "rocketchat.adopted/release.v1"
COPY_LABEL = "rocketchat.adopted/release"
_ORIGINAL = "rocketchat.adopted/original-labels"
_MOST = 64 * 2**20
"""Bytes; no record is larger, and a damaged one may unpack to anything."""


@dataclass(frozen=True)
class Release:
    """The newest revision of a release."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    defaults: Mapping[str, Any]
    """The chart's own values."""
    values: Mapping[str, Any]
    """What was given on top of them."""
    objects: list[KubernetesObject]
    """What the chart rendered."""


def find(api: Api, name: str, namespace: str) -> Release | None:
    """The release as Helm has it, or as it was kept; None where there is neither."""
    secrets = originals(api, name, namespace) or copies(api, name, namespace)
    return decode(secrets[-1]) if secrets else None


def originals(api: Api, name: str, namespace: str) -> list[KubernetesObject]:
    """Helm's own records of a release, the newest last."""
    return _records(api, namespace, f"owner=helm,name={name}")


def copies(api: Api, name: str, namespace: str) -> list[KubernetesObject]:
    """The records that were kept when the release was taken over, the newest last."""
    return _records(api, namespace, f"{COPY_LABEL}={name}")


def names(api: Api, namespace: str) -> list[str]:
    """The releases that Helm has in a namespace."""
    found = _records(api, namespace, "owner=helm")
    return sorted({str(one["metadata"]["labels"].get("name", "")) for one in found})


def keep(api: Api, name: str, namespace: str) -> None:
    """Puts Helm's records where Helm doesn't look; done again, it goes on where it ended.

    The copy of each is there before the original goes, and the newest goes last, so that what is
    read from an interrupted run is the same release.
    """
    for one in originals(api, name, namespace):
        labels = one["metadata"]["labels"]
        _create(
            api,
            namespace,
            {
                "name": copy_name(one["metadata"]["name"]),
                "labels": {COPY_LABEL: name},
                "annotations": {_ORIGINAL: json.dumps(labels)},
            },
            COPY_KIND,
            one["data"],
        )
        _delete(api, namespace, one["metadata"]["name"])


def give_back(api: Api, name: str, namespace: str) -> None:
    """Puts the kept records back; `forget` ends it."""
    for one in copies(api, name, namespace):
        labels = json.loads(one["metadata"]["annotations"][_ORIGINAL])
        original = one["metadata"]["name"].removeprefix(copy_name(""))
        _create(api, namespace, {"name": original, "labels": labels}, KIND, one["data"])


def forget(api: Api, name: str, namespace: str) -> None:
    """Removes the kept records."""
    for one in copies(api, name, namespace):
        _delete(api, namespace, one["metadata"]["name"])


def copy_name(original: str) -> str:
    """The name under which a record is kept."""
    return f"adopted.{original}"


def decode(secret: KubernetesObject) -> Release:
    """What a record says."""
    name = secret["metadata"]["name"]
    try:
        # Kubernetes encodes every Secret, and Helm encodes its record once more.
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        if packed[:2] == b"\x1f\x8b":
            packed = _unpacked(packed)
        held = json.loads(packed)
        about = held["chart"]["metadata"]
        return Release(
            name=str(held["name"]),
            namespace=str(held["namespace"]),
            revision=int(held["version"]),
            status=str(held["info"]["status"]),
            chart=str(about["name"]),
            chart_version=str(about["version"]),
            defaults=held["chart"].get("values") or {},
            values=held.get("config") or {},
            objects=parsed(held["manifest"], str(held["namespace"])),
        )
    except (KeyError, TypeError, ValueError, binascii.Error, OSError, zlib.error, yaml.YAMLError):
        # The reason would show parts of the record, and it holds secrets.
        raise AdoptError(
            f"Secret {name} isn't a record that Helm 3 writes, or is damaged. Check it with"
            " `helm status`.",
        ) from None


def parsed(manifest: str, namespace: str) -> list[KubernetesObject]:
    """The objects of a manifest, each with its namespace."""
    found = [to_plain_json(one) for one in yaml.load_all(manifest, Loader=yaml.CSafeLoader) if one]
    for one in found:
        one["metadata"].setdefault("namespace", namespace)
    return found


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = unpacker.decompress(packed, _MOST)
    if unpacker.unconsumed_tail:
        raise ValueError("too large")
    return content


def _records(api: Api, namespace: str, selector: str) -> list[KubernetesObject]:
    try:
        found = api.items(f"/api/v1/namespaces/{namespace}/secrets", selector)
    except ApiError as error:
        raise explained(api, error, f"list secrets in namespace {namespace}") from None
    found = [one for one in found if one.get("type") in (KIND, COPY_KIND)]
    return sorted(found, key=lambda one: _revision(str(one["metadata"]["name"])))


def _revision(name: str) -> int:
    """`sh.helm.release.v1.chat.v12` is revision 12."""
    number = name.rpartition(".v")[2]
    return int(number) if number.isdigit() else 0


def _create(
    api: Api,
    namespace: str,
    metadata: Mapping[str, Any],
    kind: str,
    data: Mapping[str, str],
) -> None:
    """Makes a Secret; one that is there already is from an interrupted run, and whole."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data}
    try:
        api.send("POST", f"/api/v1/namespaces/{namespace}/secrets", body)
    except ApiError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise explained(api, error, f"create Secret {metadata['name']}") from None


def _delete(api: Api, namespace: str, name: str) -> None:
    try:
        api.send("DELETE", f"/api/v1/namespaces/{namespace}/secrets/{name}")
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise explained(api, error, f"delete Secret {name}") from None
