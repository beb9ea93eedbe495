"""A chart in an OCI registry, as Helm pushes it: https://helm.sh/docs/topics/registries.

Credentials are those of `docker login` or `helm registry login`, where oras finds them.
"""

from ipaddress import ip_address

import pulumi
import requests
from oras.auth import AuthenticationException
from oras.client import OrasClient
from oras.container import Container

from components.messages import origin, reason_of

_CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_CONNECT_SECONDS = 10.0
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def pull(repository: str, version: str, max_bytes: int) -> bytes:
    """Returns the package of a version of the chart.

    Args:
        repository: `oci://` and what is before `/rocketchat`.
        version: The version; Helm's tags have `_` for `+`.
        max_bytes: The limit on the package's size.

    Raises:
        pulumi.RunError: If the registry doesn't have it.
        requests.RequestException: If the registry can't be reached.
    """
    path = repository.removeprefix("oci://").rstrip("/")
    container = Container(f"{path}/rocketchat:{version.replace('+', '_')}")
    insecure = _is_this_machine(container.registry)
    scheme = "http" if insecure else "https"
    # oras needs to know how to log in; and it tries for minutes to reach what isn't there.
    answer = requests.get(f"{scheme}://{container.registry}/v2/", timeout=_CONNECT_SECONDS)
    basic = answer.headers.get("WWW-Authenticate", "").lower().startswith("basic")
    client = OrasClient(insecure=insecure, auth_backend="basic" if basic else "token")
    try:
        manifest = client.get_manifest(container, allowed_media_type=[_MANIFEST])
        layers = [
            layer for layer in manifest.get("layers", []) if layer.get("mediaType") == _CHART_LAYER
        ]
        if len(layers) != 1 or layers[0].get("size", 0) > max_bytes:
            raise pulumi.RunError(
                f"chart: {container.uri} at {origin(repository)} is no Helm chart. Check"
                " chart.repository and chart.version.",
            )
        response = client.get_blob(container, layers[0]["digest"])
        response.raise_for_status()
    # The second is what oras raises for an answer that isn't 200.
    except (AuthenticationException, ValueError) as error:
        if isinstance(error, requests.RequestException):
            raise
        raise pulumi.RunError(
            f"chart: {origin(repository)} doesn't hand out rocketchat:{version}"
            f" ({reason_of(error)}). Check chart.repository and chart.version, and log in with"
            " `helm registry login`.",
        ) from error
    return bytes(response.content)


def _is_this_machine(registry: str) -> bool:
    """Whether the registry is on the loopback interface, where it needs no TLS."""
    host = registry.rpartition(":")[0] or registry
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
