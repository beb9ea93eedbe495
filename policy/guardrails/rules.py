"""The rules: given objects, each returns a message for every violation.

If `in_workspace`, an object belongs to a RocketChat component, and messages name the config keys of
its program. A value that a preview doesn't know yet is `...` here; it passes, and is checked during
the update. Messages never contain values of environment variables.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from guardrails.containers import CONTAINERS, SECRET_KEYS
from guardrails.objects import (
    KubernetesObject,
    containers,
    describe,
    long_running_containers,
    nested_list,
    nested_map,
)

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|token|licen[cs]e|secret|credential|(api|private|access)_?key",
    re.IGNORECASE,
)
_LOCATION_NAME = re.compile(r"(file|path|dir|name|url|uri|host|endpoint)$", re.IGNORECASE)
"""Names of variables that say where a secret is. URLs with credentials are found by their value."""
_SETTING = re.compile(r"true|false|yes|no|on|off|\d{1,5}[a-z]{0,2}", re.IGNORECASE)
"""Switches, counts and durations, which are too short to be secrets."""
_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_REFERENCE = re.compile(r"\$\(\w+\)")
"""A reference to another variable, which Kubernetes replaces with that variable's value."""
_CREDENTIALS = re.compile(r"://[^\s:/@]*:(?!\d+([/,?\s]|$))[^\s@]+@|nats://[^\s:/@,]+@")
"""User and password in a URL, escaped or not; for NATS also a token."""

_FULL_VERSION = re.compile(r"v?\d+\.\d+\.\d+([-+._]\S*)?", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

REQUIRED_REQUESTS = ("cpu", "memory")
MIN_PRODUCTION_INSTANCES = 2
WORKLOAD_KINDS = ("Deployment", "StatefulSet")
_REPLACE_SECRET = "replace it where it was issued, since it may have been exposed"  # noqa: S105 - advice


def plain_secrets(obj: KubernetesObject, *, in_workspace: bool) -> Iterator[str]:
    """Secrets in plain text, in the environment of containers or in a ConfigMap."""
    if obj.get("kind") == "ConfigMap":
        for key, value in nested_map(obj, "data").items():
            if is_plain_secret(key, value):
                yield (
                    f"{describe(obj)}: {key} contains a secret in plain text. Store it in a Secret,"
                    f" and {_REPLACE_SECRET}."
                )
    for container in containers(obj):
        for variable in nested_list(container, "env"):
            name = str(variable.get("name"))
            if is_plain_secret(name, variable.get("value")):
                yield (
                    f"{_describe_container(obj, container)}: {name} contains a secret in plain"
                    f" text. {_secret_advice(name, in_workspace=in_workspace)}, and"
                    f" {_REPLACE_SECRET}."
                )


def is_plain_secret(name: str, value: object) -> bool:
    """Whether the value of a variable is a secret, and not empty or a reference to another one."""
    if value is None or value == "":
        return False
    has_secret_name = bool(
        _VARIABLE_NAME.fullmatch(name)
        and _SECRET_NAME.search(name)
        and not _LOCATION_NAME.search(name),
    )
    if not isinstance(value, str):
        return has_secret_name
    text = _REFERENCE.sub("", value)
    return bool(_CREDENTIALS.search(text)) or (
        has_secret_name and text == value and not _SETTING.fullmatch(value)
    )


def floating_images(obj: KubernetesObject, *, in_workspace: bool) -> Iterator[str]:
    """Images whose name can refer to another image tomorrow."""
    for container in containers(obj):
        image = container.get("image")
        if not isinstance(image, str) or is_pinned(image):
            continue
        keys = _config_keys(container, in_workspace=in_workspace)
        key = keys["image"] if keys else f"the image of {container.get('name')}"
        value = "a full version such as 8.6.1"
        if key != "image.tag":
            value = "an image with a full version such as 8.6.1 or a digest (@sha256:…)"
        yield (
            f"{_describe_container(obj, container)}: image {image} isn't pinned, so what runs"
            f" depends on when a node pulls it. Set {key} to {value}."
        )


def is_pinned(image: str) -> bool:
    """Whether an image has a digest or a full version."""
    name, _, digest = image.partition("@")
    if digest:
        return bool(_DIGEST.fullmatch(digest))
    tag = name.rpartition("/")[2].partition(":")[2]
    return bool(_FULL_VERSION.fullmatch(tag))


def missing_requests(obj: KubernetesObject, *, in_workspace: bool) -> Iterator[str]:
    """Containers without CPU or memory requests, so that the scheduler reserves none."""
    for container in long_running_containers(obj):
        limits = nested_map(container, "resources", "limits")
        # Without a request, Kubernetes requests the limit.
        requests = {**limits, **nested_map(container, "resources", "requests")}
        missing = [name for name in REQUIRED_REQUESTS if requests.get(name) is None]
        if missing:
            keys = _config_keys(container, in_workspace=in_workspace)
            key = keys["resources"] if keys else "its resources"
            to_set = " and ".join(f"{key}.requests.{name}" for name in missing)
            yield (
                f"{_describe_container(obj, container)}: no request for {' and '.join(missing)}."
                f" Set {to_set}."
            )


def unpinned_chart(workspace: str, outputs: Mapping[str, Any]) -> Iterator[str]:
    """A workspace whose chart isn't pinned by a digest, according to its outputs."""
    digest = outputs.get("chartDigest", "")
    if isinstance(digest, str) and not _SHA256.fullmatch(digest):
        yield (
            f"RocketChat {workspace}: chart {outputs.get('chartVersion')} isn't pinned, so another"
            " one can take its place. Remove chart.path, or set it to a package (.tgz) and"
            " chart.digest to the package's SHA-256."
        )


def is_production(stack: str, tags: Mapping[str, str], stacks: Collection[str]) -> bool:
    """Whether the stack is one of `stacks`, or has the tag `environment: production`."""
    return stack in stacks or tags.get("environment") == "production"


def single_instances(objects: Collection[KubernetesObject]) -> Iterator[str]:
    """Services of a workspace that are unavailable if one pod is; none while it is paused."""
    if is_paused(objects):
        return
    min_replicas = {
        _scale_target(obj): nested_map(obj, "spec").get("minReplicas", 1)
        for obj in objects
        if obj.get("kind") == "HorizontalPodAutoscaler"
    }
    for obj in objects:
        service = _service(obj)
        if obj.get("kind") not in WORKLOAD_KINDS or service is None:
            continue
        target = (obj["kind"], nested_map(obj, "metadata").get("name"))
        # With an autoscaler, the workload's own number is the one at the moment.
        instances = min_replicas.get(target, nested_map(obj, "spec").get("replicas", 1))
        if not isinstance(instances, int | float) or instances >= MIN_PRODUCTION_INSTANCES:
            continue
        fact, key = f"runs {instances:g}", f"replicas.{service} (or replicaCount)"
        if target in min_replicas:
            fact = f"may be scaled down to {instances:g}"
            key = f"services.{service}.autoscaling.minReplicas"
        yield (
            f"{describe(obj)}: {fact}, but in production each service needs"
            f" {MIN_PRODUCTION_INSTANCES} or more. Set {key} to {MIN_PRODUCTION_INSTANCES} or more."
        )


def is_paused(objects: Collection[KubernetesObject]) -> bool:
    """Whether every workload of a workspace is set to no instance, as `pause: true` does."""
    numbers = [
        nested_map(obj, "spec").get("replicas", 1)
        for obj in objects
        if obj.get("kind") in WORKLOAD_KINDS
    ]
    return bool(numbers) and all(number == 0 for number in numbers)


def hosts_without_tls(workspace: str, objects: Collection[KubernetesObject]) -> Iterator[str]:
    """Hosts of a workspace that are served without TLS."""
    otherwise = (
        "If TLS ends elsewhere (the controller's default certificate, another proxy), set tls to"
        " false in the config of this policy."
    )
    ingresses = [obj for obj in objects if obj.get("kind") == "Ingress"]
    # The certificate of a route is its Gateway's, which isn't among these objects.
    if not ingresses and not any(obj.get("kind") == "HTTPRoute" for obj in objects):
        yield (
            f"RocketChat {workspace}: no Ingress serves it with TLS. Set ingress.enabled to true,"
            f" and ingress.tlsSecret. {otherwise}"
        )
    for ingress in ingresses:
        entries = nested_list(ingress, "spec", "tls")
        covered = [host for entry in entries for host in _tls_hosts(entry)]
        rules = nested_list(ingress, "spec", "rules")
        for host in dict.fromkeys(rule.get("host", "*") for rule in rules):
            if isinstance(host, str) and not any(_covers(pattern, host) for pattern in covered):
                yield (
                    f"{describe(ingress)}: host {host} has no TLS. Set ingress.tlsSecret to the"
                    f" Secret with its certificate. {otherwise}"
                )


def _describe_container(obj: KubernetesObject, container: Mapping[str, Any]) -> str:
    return f"{describe(obj)}, container {container.get('name')}"


def _config_keys(container: Mapping[str, Any], *, in_workspace: bool) -> Mapping[str, str] | None:
    """The config keys for a container; None if no key of the program decides about it."""
    return CONTAINERS.get(str(container.get("name"))) if in_workspace else None


def _secret_advice(variable: str, *, in_workspace: bool) -> str:
    key = SECRET_KEYS.get(variable) if in_workspace else None
    if key:
        return f"Set the secret {key} instead (pulumi config set --secret {key})"
    place = " in values.extraEnv" if in_workspace else ""
    return f"Store it in a Secret, and refer to that with valueFrom.secretKeyRef{place}"


def _scale_target(autoscaler: KubernetesObject) -> tuple[object, object]:
    reference = nested_map(autoscaler, "spec", "scaleTargetRef")
    return reference.get("kind"), reference.get("name")


def _service(workload: KubernetesObject) -> str | None:
    """The service that a workload runs, as config keys name it; None for a tool like nats-box.

    A service that the table doesn't know has the name of its container.
    """
    names = [str(container.get("name")) for container in long_running_containers(workload)]
    known = [CONTAINERS[name]["service"] for name in names if name in CONTAINERS]
    if not known:
        return names[0] if names else None
    return next(filter(None, known), None)


def _tls_hosts(entry: Mapping[str, Any]) -> list[Any]:
    """The hosts that a `tls` entry covers: every host if it names none."""
    hosts = entry.get("hosts")
    return hosts if isinstance(hosts, list) and hosts else ["*"]


def _covers(pattern: object, host: str) -> bool:
    if not isinstance(pattern, str):
        return True  # not known yet
    return pattern in ("*", host) or pattern == f"*.{host.partition('.')[2]}"
