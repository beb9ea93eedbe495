"""Corrections to environment variables that the chart sets."""

from components.inputs.definitions import ROOT_URL
from components.kube.objects import (
    KubernetesObject,
    find_env,
    nested_list,
    nested_map,
    set_env,
)


def set_root_url(container: KubernetesObject, url: str) -> None:
    """Sets the monolith's public URL. The chart knows only `https://` and its value `host`."""
    set_env(container, ROOT_URL, url)


def enable_retries(container: KubernetesObject) -> None:
    """Enables retries of calls between services.

    The chart (up to 7.0.2) sets `RETRY_ENABLED` to `yes`, and Rocket.Chat's broker only accepts
    `true`.
    """
    retries = find_env(container, "RETRY_ENABLED")
    if retries is not None and retries.get("value") == "yes":
        set_env(container, "RETRY_ENABLED", "true")


def add_environment_secret(container: KubernetesObject, name: str) -> None:
    """Adds the variables in the component's own Secret; the chart takes one, the operator's."""
    container["envFrom"] = [*nested_list(container, "envFrom"), {"secretRef": {"name": name}}]


def make_oplog_optional(container: KubernetesObject) -> None:
    """Lets pods start without an oplog URL, which charts before 6.27 read from MongoDB's Secret.

    Rocket.Chat follows MongoDB by change streams since 4.0, so that Secrets lack the key. This can
    go once no chart that reads it is supported (RocketChat/helm-charts issue 171).
    """
    oplog = find_env(container, "MONGO_OPLOG_URL")
    reference = nested_map(oplog, "valueFrom", "secretKeyRef")
    if reference:
        reference["optional"] = True
