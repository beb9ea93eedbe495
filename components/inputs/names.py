"""Names, as Kubernetes, Helm and DNS take them."""

from collections.abc import Mapping
from typing import Any

from components.inputs.errors import ValidationErrors
from components.kube.names import is_dns_name, is_host, is_plain_yaml_string

CLUSTERS_OWN = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Namespaces that every cluster has."""
A_WORD = "a name that YAML doesn't take for a number, a truth value or nothing"
_LONGEST_SUFFIX = "-rocketchat-monolith-ms-metrics"
"""The longest that chart 7.0.2 puts behind the release's name to name a Service."""
LONGEST_RELEASE = 63 - len(_LONGEST_SUFFIX)
SUBCHARTS = ("nats", "mongodb")
"""Helm leaves a subchart's name out where the release's holds it, and nothing finds it then."""
NAMES = (
    "namespace",
    "monitoring_namespace",
    "mongodb_secret",
    "smtp.existing_secret",
    "ingress.class_name",
    "ingress.tls_secret",
    "uploads.storage_class",
    "uploads.existing_claim",
)
"""The inputs that name an object on the cluster."""


def check_names(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    """Adds to `errors` each input that is a name and can't be one."""
    host = args.get("host")
    if host is not None and not is_host(host):
        errors.add_invalid(
            "host",
            host,
            "a lower-case DNS name such as chat.example.com",
            "Leave out scheme, port and path.",
        )
    for path in NAMES:
        group, _, last = path.rpartition(".")
        name = (args.get(group, {}) if group else args).get(last)
        if name is not None:
            _check_name(path, name, errors)
    if args.get("namespace") in CLUSTERS_OWN and args.get("create_namespace", True):
        errors.add_invalid(
            "namespace",
            args["namespace"],
            "one that the program may make, label and remove",
            f"Name another, or set {errors.format_key('create_namespace')} to false.",
        )
    if "release_name" in args:
        _check_release(args["release_name"], errors)


def _check_name(path: str, name: str, errors: ValidationErrors) -> None:
    if not is_dns_name(name, dots="namespace" not in path):
        errors.add_invalid(path, name, "a name of lower-case letters, digits and hyphens")
    elif not is_plain_yaml_string(name) and path != "monitoring_namespace":  # no chart has it
        errors.add_invalid(path, name, A_WORD)


def _check_release(release: str, errors: ValidationErrors) -> None:
    if not is_dns_name(release) or not release[0].isalpha() or len(release) > LONGEST_RELEASE:
        errors.add_invalid(
            "release_name",
            release,
            f"1 to {LONGEST_RELEASE} lower-case letters, digits and hyphens that begin with a"
            " letter and end without a hyphen",
            f"The chart appends up to {len(_LONGEST_SUFFIX)} characters, and Kubernetes takes 63.",
        )
    elif not is_plain_yaml_string(release):
        errors.add_invalid("release_name", release, A_WORD)
    for subchart in SUBCHARTS:
        if subchart in release:
            errors.add_invalid(
                "release_name",
                release,
                f"a name without {subchart} in it",
                f"Helm then names the {subchart} objects so that the services don't find them.",
            )
