"""What there is to translate: a release as it runs, or a file of values."""

import base64
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.manifests.workloads import find_workload
from components.services import SERVICES
from tools.adopt.mapping import Source
from tools.adopt.record import Release
from tools.errors import ToolError
from tools.status.api import Api, ApiError
from tools.status.observed import explained


def of_release(api: Api, release: Release, *, as_is: bool) -> Source:
    """A release, with what runs now and what its Secrets tell."""
    values = release.values
    secret = _map(_map(values, "nats"), "existingSecret")
    transporter = _data(api, release.namespace, secret.get("name")).get(str(secret.get("key")))
    environment = _data(api, release.namespace, values.get("extraSecret"))
    return Source(
        release=release.name,
        namespace=release.namespace,
        values=values,
        defaults=release.defaults,
        objects=release.objects,
        running=_running(api, release),
        transporter=transporter,
        environment=tuple(sorted(environment)),
        as_is=as_is,
    )


def of_file(path: Path, chart: Path, *, release: str, namespace: str, as_is: bool) -> Source:
    """A file of Helm values for the chart at `chart`."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ToolError(f"--values {path}: it can't be read ({error.strerror}).") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        # The reason would show a line of the file, and it may hold secrets.
        raise ToolError(f"--values {path}: it isn't YAML.") from None
    if not isinstance(values, Mapping):
        raise ToolError(f"--values {path}: it isn't a map of values.")
    return Source(
        release=release,
        namespace=namespace,
        values=values,
        defaults=defaults(chart),
        as_is=as_is,
    )


def defaults(chart: Path) -> dict[str, Any]:
    """The default values of a chart that `components.chart.package` has checked."""
    if chart.is_dir():
        text = (chart / "values.yaml").read_text(encoding="utf-8")
    else:
        with tarfile.open(chart, "r:gz") as package:
            names = [name for name in package.getnames() if name.count("/") == 1]
            name = next(name for name in names if name.endswith("/values.yaml"))
            held = package.extractfile(name)
            text = held.read().decode() if held else ""
    values: dict[str, Any] = yaml.safe_load(text) or {}
    return values


def _running(api: Api, release: Release) -> dict[str, int]:
    """Instances of each service as the cluster was last told, by whomever."""
    found = {}
    for service in SERVICES:
        one = find_workload(release.objects, service, release.name)
        if one is None:
            continue
        name, kind = one["metadata"]["name"], one["kind"].lower()
        path = f"/apis/apps/v1/namespaces/{release.namespace}/{kind}s/{name}"
        try:
            live = api.find(path)
        except ApiError as error:
            raise explained(api, error, f"get {one['kind']} {name}") from None
        if live is not None:
            found[service.name] = int(live["spec"].get("replicas", 1))
    return found


def _data(api: Api, namespace: str, name: object) -> dict[str, str]:
    """What a Secret holds; nothing where it isn't there."""
    if not name:
        return {}
    try:
        held = api.find(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}
    except ApiError as error:
        # Without it the workspace would lose variables, or find another bus.
        raise explained(api, error, f"get Secret {name}") from None
    data = held.get("data") or {}
    return {key: base64.b64decode(text).decode("utf-8", "replace") for key, text in data.items()}


def _map(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    held = values.get(key)
    return held if isinstance(held, Mapping) else {}
