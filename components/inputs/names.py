"""Names, as Kubernetes, Helm and DNS take them."""

import re
from collections.abc import Mapping
from typing import Any

from components.inputs.errors import Problems

CLUSTERS_OWN = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Namespaces that every cluster has."""
LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
A_WORD = "a name that YAML doesn't take for a number, a truth value or nothing"
_NO_WORD = re.compile(
    r"y|n|yes|no|on|off|true|false|null|\d+(\.\d*)?(e[-+]?\d+)?|0x[0-9a-f]+|0o?[0-7]+|0b[01]+",
    re.ASCII,
)
"""Texts of the letters of names that YAML takes for something else."""
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


def check_names(args: Mapping[str, Any], problems: Problems) -> None:
    """Adds to `problems` each input that is a name and can't be one."""
    host = args.get("host")
    if host is not None and not is_host(host):
        problems.add(
            "host",
            host,
            "a lower-case DNS name such as chat.example.com",
            "Leave out scheme, port and path.",
        )
    for path in NAMES:
        group, _, last = path.rpartition(".")
        name = (args.get(group, {}) if group else args).get(last)
        if name is not None:
            _check_name(path, name, problems)
    if args.get("namespace") in CLUSTERS_OWN and args.get("create_namespace", True):
        problems.add(
            "namespace",
            args["namespace"],
            "one that the program may make, label and remove",
            f"Name another, or set {problems.key('create_namespace')} to false.",
        )
    if "release_name" in args:
        _check_release(args["release_name"], problems)


def _check_name(path: str, name: str, problems: Problems) -> None:
    if not is_label(name, dots="namespace" not in path):
        problems.add(path, name, "a name of lower-case letters, digits and hyphens")
    elif not is_word(name) and path != "monitoring_namespace":  # no chart has it
        problems.add(path, name, A_WORD)


def _check_release(release: str, problems: Problems) -> None:
    if not is_label(release) or not release[0].isalpha() or len(release) > LONGEST_RELEASE:
        problems.add(
            "release_name",
            release,
            f"1 to {LONGEST_RELEASE} lower-case letters, digits and hyphens that begin with a"
            " letter and end without a hyphen",
            f"The chart appends up to {len(_LONGEST_SUFFIX)} characters, and Kubernetes takes 63.",
        )
    elif not is_word(release):
        problems.add("release_name", release, A_WORD)
    for subchart in SUBCHARTS:
        if subchart in release:
            problems.add(
                "release_name",
                release,
                f"a name without {subchart} in it",
                f"Helm then names the {subchart} objects so that the services don't find them.",
            )


def is_label(text: str, *, dots: bool = False) -> bool:
    """Whether Kubernetes takes it as a name: a DNS label, or with `dots` several of them."""
    form = rf"{LABEL}(\.{LABEL})*" if dots else LABEL
    return len(text) <= (253 if dots else 63) and bool(re.fullmatch(form, text, re.ASCII))


def is_word(text: str) -> bool:
    """Whether YAML takes it for a text where it stands without quotes, as charts have it."""
    return not _NO_WORD.fullmatch(text)


def is_host(text: str) -> bool:
    """Whether it is a DNS name that an Ingress takes: lower-case, no address, no wildcard."""
    labels = text.split(".")
    fits = is_label(text, dots=True) and all(map(is_label, labels))
    return fits and not labels[-1].isdigit() and is_word(text)
