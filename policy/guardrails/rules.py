"""The rules: objects in, a sentence for each violation out.

`ours` says that an object belongs to a workspace, so that config keys of the program decide about
it. What a preview doesn't know yet is neither a string nor a number here, and is let pass until
the update knows it. No sentence tells a value of an environment variable.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from guardrails.containers import CONTAINERS, VARIABLES
from guardrails.objects import (
    KubernetesObject,
    containers,
    lasting_containers,
    name_of,
    rows,
    table,
)

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|token|licen[cs]e|secret|credential|(api|private|access)_?key",
    re.IGNORECASE,
)
_ABOUT_A_SECRET = re.compile(r"(file|path|dir|name|url|uri|host|endpoint)$", re.IGNORECASE)
"""Names that end so say where a secret is; a URL with credentials in it is found by itself."""
_SETTING = re.compile(r"true|false|yes|no|on|off|\d{1,5}[a-z]{0,2}", re.IGNORECASE)
"""Switches, counts and durations: no secret is that short."""
_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_REFERENCE = re.compile(r"\$\(\w+\)")
"""Kubernetes puts another variable's value in its place."""
_CREDENTIALS = re.compile(r"://[^\s:/@]*:(?!\d+([/,?\s]|$))[^\s@]+@|nats://[^\s:/@,]+@")
"""User and password in a URL, special characters escaped or not; NATS takes a token as well."""

_FULL_VERSION = re.compile(r"v?\d+\.\d+\.\d+([-+._]\S*)?", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

COMPUTE = ("cpu", "memory")
"""What each container has to request."""
INSTANCES = 2
"""The fewest that a service runs in production."""


def plain_secrets(one: KubernetesObject, *, ours: bool) -> Iterator[str]:
    """Secrets in the environment of containers, or in a ConfigMap that may become it."""
    if one.get("kind") == "ConfigMap":
        for key, value in table(one, "data").items():
            if holds_secret(key, value):
                yield (
                    f"{name_of(one)}: {key} holds a secret in plain text. Keep it in a Secret, and"
                    " change it where it comes from, since it has been written."
                )
    for held in containers(one):
        for variable in rows(held, "env"):
            key = str(variable.get("name"))
            if holds_secret(key, variable.get("value")):
                yield (
                    f"{_where(one, held)}: {key} holds a secret in plain text."
                    f" {_instead(key, ours=ours)}, and change it where it comes from, since it has"
                    " been written."
                )


def holds_secret(name: str, value: object) -> bool:
    """Whether the variable `name` holds a secret itself and not a reference to one."""
    if value is None or value == "":
        return False
    named = bool(
        _VARIABLE_NAME.fullmatch(name)
        and _SECRET_NAME.search(name)
        and not _ABOUT_A_SECRET.search(name),
    )
    if not isinstance(value, str):
        return named
    text = _REFERENCE.sub("", value)
    return bool(_CREDENTIALS.search(text)) or (
        named and text == value and not _SETTING.fullmatch(value)
    )


def floating_images(one: KubernetesObject, *, ours: bool) -> Iterator[str]:
    """Images that are something else tomorrow."""
    for held in containers(one):
        image = held.get("image")
        if not isinstance(image, str) or is_pinned(image):
            continue
        known = CONTAINERS.get(str(held.get("name"))) if ours else None
        key = known.image if known else f"the image of {held.get('name')}"
        to = "a full version such as 8.6.1"
        if key != "image.tag":
            to = "an image with a full version such as 8.6.1 or a digest (@sha256:…)"
        yield (
            f"{_where(one, held)}: image {image} floats, so that what runs depends on when a node"
            f" pulled it. Set {key} to {to}."
        )


def is_pinned(image: str) -> bool:
    """Whether an image names a digest or a full version."""
    name, _, digest = image.partition("@")
    if digest:
        return bool(_DIGEST.fullmatch(digest))
    tag = name.rpartition("/")[2].partition(":")[2]
    return bool(_FULL_VERSION.fullmatch(tag))


def missing_requests(one: KubernetesObject, *, ours: bool) -> Iterator[str]:
    """Containers that the scheduler sets nothing aside for."""
    for held in lasting_containers(one):
        # Kubernetes requests what is limited where nothing else is said.
        given = {**table(held, "resources", "limits"), **table(held, "resources", "requests")}
        missing = [name for name in COMPUTE if given.get(name) is None]
        if missing:
            known = CONTAINERS.get(str(held.get("name"))) if ours else None
            key = known.resources if known else "its resources"
            keys = " and ".join(f"{key}.requests.{name}" for name in missing)
            yield f"{_where(one, held)}: no request for {' and '.join(missing)}. Set {keys}."


def unpinned_chart(workspace: str, outputs: Mapping[str, Any]) -> Iterator[str]:
    """A workspace whose chart isn't held to a digest, by its registered outputs."""
    digest = outputs.get("chartDigest", "")
    if isinstance(digest, str) and not _SHA256.fullmatch(digest):
        yield (
            f"RocketChat {workspace}: chart {outputs.get('chartVersion')} isn't pinned: another"
            " can come in its place. Remove chart.path, or give a package (.tgz) there and its"
            " SHA-256 as chart.digest."
        )


def is_production(stack: str, tags: Mapping[str, str], stacks: Collection[str]) -> bool:
    """Whether the stack is one of `stacks`, or is tagged `environment: production`."""
    return stack in stacks or tags.get("environment") == "production"


def single_instances(objects: Collection[KubernetesObject]) -> Iterator[str]:
    """Services of a workspace that are gone when one pod is."""
    floors = {
        _target(one): table(one, "spec").get("minReplicas", 1)
        for one in objects
        if one.get("kind") == "HorizontalPodAutoscaler"
    }
    for one in objects:
        service = _service(one)
        if one.get("kind") not in ("Deployment", "StatefulSet") or service is None:
            continue
        target = (one["kind"], table(one, "metadata").get("name"))
        # What an autoscaler scales has a number of its own too, once the cluster has seen it.
        count = floors.get(target, table(one, "spec").get("replicas", 1))
        if not isinstance(count, int | float) or count >= INSTANCES:
            continue
        runs, key = f"runs {count:g}", f"replicas.{service} (or replicaCount)"
        if target in floors:
            runs, key = f"may be scaled down to {count:g}", f"autoscaling.{service}.minReplicas"
        yield (
            f"{name_of(one)}: {runs}, and in production each service runs {INSTANCES} or more."
            f" Set {key} to {INSTANCES} or more."
        )


def hosts_without_tls(workspace: str, objects: Collection[KubernetesObject]) -> Iterator[str]:
    """Hosts of a workspace that answer in plain HTTP."""
    otherwise = (
        "Where TLS ends elsewhere (the controller's own certificate, another proxy), set tls to"
        " false in the config of this policy."
    )
    ingresses = [one for one in objects if one.get("kind") == "Ingress"]
    if not ingresses:
        yield (
            f"RocketChat {workspace}: no Ingress serves it by TLS. Set ingress.enabled to true, and"
            f" ingress.tlsSecret. {otherwise}"
        )
    for one in ingresses:
        covered = [host for entry in rows(table(one, "spec"), "tls") for host in _hosts(entry)]
        for host in dict.fromkeys(
            rule.get("host", "*") for rule in rows(table(one, "spec"), "rules")
        ):
            if isinstance(host, str) and not any(_covers(other, host) for other in covered):
                yield (
                    f"{name_of(one)}: host {host} has no TLS. Set ingress.tlsSecret to the Secret"
                    f" with its certificate. {otherwise}"
                )


def _where(one: KubernetesObject, held: Mapping[str, Any]) -> str:
    return f"{name_of(one)}, container {held.get('name')}"


def _instead(variable: str, *, ours: bool) -> str:
    key = VARIABLES.get(variable) if ours else None
    if key:
        return f"Set the secret {key} in place of it (pulumi config set --secret {key})"
    place = " in values.extraEnv" if ours else ""
    return f"Keep it in a Secret, and name that by valueFrom.secretKeyRef{place}"


def _target(autoscaler: KubernetesObject) -> tuple[object, object]:
    reference = table(autoscaler, "spec", "scaleTargetRef")
    return reference.get("kind"), reference.get("name")


def _service(one: KubernetesObject) -> str | None:
    """The service that a workload runs, as config keys name it; None for a tool such as nats-box.

    A service that the table doesn't know goes by the name of its container.
    """
    names = [str(held.get("name")) for held in lasting_containers(one)]
    known = [CONTAINERS[name].service for name in names if name in CONTAINERS]
    if not known:
        return names[0] if names else None
    return next(filter(None, known), None)


def _hosts(entry: Mapping[str, Any]) -> list[Any]:
    """The hosts that a `tls` entry is for; every host where it names none."""
    hosts = entry.get("hosts")
    return hosts if isinstance(hosts, list) and hosts else ["*"]


def _covers(certified: object, host: str) -> bool:
    if not isinstance(certified, str):
        return True  # not known yet
    return certified in ("*", host) or certified == f"*.{host.partition('.')[2]}"
