"""Validators: each checks one input by itself and adds its errors."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.inputs.decode import survives_yaml
from components.inputs.errors import ValidationErrors
from components.inputs.urls import is_ipv6
from components.kube.images import DIGEST, TAG
from components.kube.names import (
    is_dns_name,
    is_host,
    is_label_key,
    is_label_pair,
    is_label_value,
    is_plain_yaml_string,
)
from components.kube.quantities import storage_error
from components.kube.resource_requirements import resource_errors
from components.kube.schema import schema_errors

Validator = Callable[[Any, str, ValidationErrors], None]
"""Takes a decoded value and its path, and adds what is wrong with it."""

NOT_JSON = (
    "holds something that isn't plain JSON (an Output, perhaps, or a control character). Give plain"
    " values: they decide what the manifests look like."
)
MAX_ANNOTATION_BYTES = 200 * 2**10
"""Kubernetes takes 256 KiB, and controllers add theirs."""
SUBCHARTS = ("nats", "mongodb")
"""Helm drops a subchart's name where the release's contains it, and nothing finds it then."""
_LONGEST_SUFFIX = "-rocketchat-monolith-ms-metrics"
"""The longest that chart 7.0.2 appends to the release's name to name a Service."""
MAX_RELEASE_NAME = 63 - len(_LONGEST_SUFFIX)
_PLAIN_STRING = "a name that YAML doesn't take for a number, a truth value or nothing"
_MAIL_HOST = re.compile(r"[a-zA-Z0-9.-]{1,253}")
SELECTOR_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "app")
"""The labels by which the chart's workloads and Services select pods."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_TOLERATION_WORDS = {
    "operator": ("Equal", "Exists"),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
}


@dataclass(frozen=True)
class Check:
    """Accepts what `accepts` does; `allowed` and `remedy` say what that is."""

    accepts: Callable[[Any], object]
    allowed: str
    remedy: str = ""

    def __call__(self, value: Any, path: str, errors: ValidationErrors) -> None:  # noqa: ANN401 - any input
        """Adds an error where `value` isn't accepted."""
        if not self.accepts(value):
            errors.add_invalid(path, value, self.allowed, self.remedy)


@dataclass(frozen=True)
class Range:
    """Accepts the integers from `minimum` to `maximum`."""

    minimum: int
    maximum: int
    remedy: str = ""

    def __call__(self, value: int, path: str, errors: ValidationErrors) -> None:
        """Adds an error where `value` is outside the range."""
        if not self.minimum <= value <= self.maximum:
            allowed = f"an integer from {self.minimum} to {self.maximum}"
            errors.add_invalid(path, value, allowed, self.remedy)


@dataclass(frozen=True)
class OneOf:
    """Accepts a few words."""

    words: tuple[str, ...]

    def __call__(self, value: str, path: str, errors: ValidationErrors) -> None:
        """Adds an error where `value` is another word."""
        if value not in self.words:
            errors.add_invalid(path, value, " or ".join(self.words))


@dataclass(frozen=True)
class SecretCheck:
    """Accepts secrets in which `error_in` finds nothing wrong. No error shows the value."""

    error_in: Callable[[str], str]

    def __call__(self, value: object, path: str, errors: ValidationErrors) -> None:
        """Adds an error where `value` is known and wrong."""
        error = self.error(value)
        if error:
            errors.add(path, error)

    def error(self, value: object) -> str:
        """Returns what is wrong with `value`; "" for nothing, or where it isn't known yet."""
        return self.error_in(value) if isinstance(value, str) else ""


PORT = Range(1, 65535)


def _control_character_error(secret: str) -> str:
    if not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", secret):
        return ""
    return (
        "contains a control character, which a pod can't be given; it isn't shown here. Set it"
        " anew."
    )


NO_CONTROL_CHARACTERS = SecretCheck(_control_character_error)


def check_host(value: str, path: str, errors: ValidationErrors) -> None:
    """A public host name."""
    if not is_host(value):
        allowed = "a lower-case DNS name such as chat.example.com"
        errors.add_invalid(path, value, allowed, "Leave out scheme, port and path.")


def check_object_name(value: str, path: str, errors: ValidationErrors) -> None:
    """The name of an object that the chart writes without quotes."""
    _check_name(value, path, errors, dots=True, quoted=False)


def check_namespace(value: str, path: str, errors: ValidationErrors) -> None:
    """The name of a namespace that the chart writes without quotes."""
    _check_name(value, path, errors, dots=False, quoted=False)


def check_other_namespace(value: str, path: str, errors: ValidationErrors) -> None:
    """The name of a namespace that the chart never sees."""
    _check_name(value, path, errors, dots=False, quoted=True)


def _check_name(
    value: str, path: str, errors: ValidationErrors, *, dots: bool, quoted: bool
) -> None:
    if not is_dns_name(value, dots=dots):
        errors.add_invalid(path, value, "a name of lower-case letters, digits and hyphens")
    elif not quoted and not is_plain_yaml_string(value):
        errors.add_invalid(path, value, _PLAIN_STRING)


def check_release_name(value: str, path: str, errors: ValidationErrors) -> None:
    """The prefix of every object's name, which is also Helm's release name."""
    if not is_dns_name(value) or not value[0].isalpha() or len(value) > MAX_RELEASE_NAME:
        errors.add_invalid(
            path,
            value,
            f"1 to {MAX_RELEASE_NAME} lower-case letters, digits and hyphens that begin with a"
            " letter and end without a hyphen",
            f"The chart appends up to {len(_LONGEST_SUFFIX)} characters, and Kubernetes takes 63.",
        )
    elif not is_plain_yaml_string(value):
        errors.add_invalid(path, value, _PLAIN_STRING)
    for subchart in SUBCHARTS:
        if subchart in value:
            errors.add_invalid(
                path,
                value,
                f"a name without {subchart} in it",
                f"Helm then names the {subchart} objects so that the services don't find them.",
            )


def check_secret_reference(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """A Secret's name and a key in it."""
    if not is_dns_name(value.get("name", "x"), dots=True):
        errors.add_invalid(f"{path}.name", value["name"], "the name of a Secret")
    check_secret_key(value.get("key", "x"), f"{path}.key", errors)


def check_secret_key(value: str, path: str, errors: ValidationErrors) -> None:
    """A key of a Secret."""
    if not _SECRET_KEY.fullmatch(value):
        errors.add_invalid(path, value, "the key of a Secret")


def check_mail_host(value: str, path: str, errors: ValidationErrors) -> None:
    """The name or the address of a mail server."""
    bracketed = value.startswith("[") and value.endswith("]")
    address = value[1:-1] if bracketed else value
    if not is_ipv6(address) and (bracketed or not _MAIL_HOST.fullmatch(value)):
        allowed = "the mail server's name or address"
        errors.add_invalid(path, value, allowed, "Leave out the scheme and the port.")


def check_mongodb_options(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """Options of MongoDB's URL."""
    for name, option in value.items():
        if not re.fullmatch(r"[A-Za-z]+", name) or not option.isprintable() or not option:
            received = {name: option}
            errors.add_invalid(path, received, "options such as readPreference: secondaryPreferred")


def check_annotations(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """Annotations, as Kubernetes takes them."""
    for key in value:
        if not is_label_key(key):
            errors.add_invalid(path, {key: "…"}, "keys such as example.com/name")
    if sum(len(f"{key}{text}".encode()) for key, text in value.items()) > MAX_ANNOTATION_BYTES:
        kib = MAX_ANNOTATION_BYTES >> 10
        errors.add(path, f"are larger than {kib} KiB. Kubernetes takes no more.")


def check_node_selector(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """Labels of nodes."""
    for key, label in value.items():
        if not is_label_pair(key, label):
            errors.add_invalid(path, {key: label}, "labels of nodes")


def check_tolerations(
    value: Collection[Mapping[str, Any] | None], path: str, errors: ValidationErrors
) -> None:
    """Tolerations; one that couldn't be decoded is None."""
    for i, toleration in enumerate(value):
        if toleration is not None:
            _check_toleration(toleration, f"{path}.{i}", errors)


def _check_toleration(toleration: Mapping[str, Any], path: str, errors: ValidationErrors) -> None:
    for field, words in _TOLERATION_WORDS.items():
        if field in toleration:
            OneOf(words)(toleration[field], f"{path}.{field}", errors)
    if not is_label_key(toleration.get("key", "x")):
        errors.add_invalid(f"{path}.key", toleration["key"], "the key of a taint")
    if not is_label_value(toleration.get("value", "")):
        errors.add_invalid(f"{path}.value", toleration["value"], "the value of a taint")
    has_key = "key" in toleration or errors.has_error(f"{path}.key")
    if toleration.get("operator", "Equal") == "Equal" and not has_key:
        errors.add(path, "has no key. Give one, or the operator Exists.")
    if toleration.get("operator") == "Exists" and "value" in toleration:
        errors.add(path, "has the operator Exists and a value. Remove one.")
    if "toleration_seconds" in toleration and toleration.get("effect") != "NoExecute":
        seconds = errors.format_key("toleration_seconds")
        errors.add(path, f"has {seconds}, which goes with NoExecute only.")


def check_affinity(value: Mapping[str, Any], path: str, errors: ValidationErrors) -> None:
    """Affinity, as Kubernetes takes it."""
    if not is_json(value):
        errors.add(path, NOT_JSON)
        return
    # An empty affinity is valid, and checking it would load the Kubernetes types for nothing.
    for message in schema_errors(value, "Affinity", "v1") if value else ():
        errors.add(path, f"{message}.")


def check_resources(
    value: Mapping[str, Mapping[str, str]], path: str, errors: ValidationErrors
) -> None:
    """Requests and limits, as Kubernetes takes them."""
    for error in resource_errors(value.get("requests", {}), value.get("limits", {})):
        received = {error.resource: error.quantity}
        errors.add_invalid(f"{path}.{error.field}", received, error.allowed, error.remedy)


def check_storage(value: str, path: str, errors: ValidationErrors) -> None:
    """An amount of storage."""
    error = storage_error(value)
    if error is not None:
        errors.add_invalid(path, value, *error)


def is_image_tag(value: str) -> bool:
    """Whether it is an image's tag, alone or followed by the image's digest."""
    return bool(re.fullmatch(f"{TAG}(@{DIGEST})?", value, re.ASCII))


def is_root_url(value: str) -> bool:
    """Whether it is the URL of a site: a scheme, a host, perhaps a port, and nothing else."""
    try:
        parts = urlsplit(value)
        # Reading the port checks it.
        host, _ = parts.hostname or "", parts.port
        return (
            parts.scheme in ("http", "https")
            and is_host(host)
            and value.rstrip("/") == f"{parts.scheme}://{parts.netloc}"
            and "@" not in parts.netloc
        )
    except ValueError:
        return False


def check_variables(value: Mapping[str, object], path: str, errors: ValidationErrors) -> None:
    """Environment variables, by their names."""
    for name in value:
        if not _VARIABLE.fullmatch(name):
            allowed = "a variable's name: letters, digits and underscores, not a digit first"
            errors.add_invalid(path, name, allowed)


def check_variables_from(
    value: Mapping[str, Mapping[str, str]], path: str, errors: ValidationErrors
) -> None:
    """Environment variables, each with a Secret's name and a key in it."""
    check_variables(value, path, errors)
    for name, reference in value.items():
        check_secret_reference(reference, f"{path}.{name}", errors)


def check_labels(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """Labels, as Kubernetes takes them."""
    for key, label in value.items():
        if not is_label_pair(key, label):
            errors.add_invalid(path, {key: label}, "labels")


def check_pod_labels(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """Labels of pods, without those by which workloads and Services find them."""
    check_labels(value, path, errors)
    for key in value:
        if key in SELECTOR_LABELS:
            errors.add(path, f"{key} is how Services find the pods. Choose another label.")


def check_names(value: Collection[str | None], path: str, errors: ValidationErrors) -> None:
    """Names of objects; one that couldn't be decoded is None."""
    for i, name in enumerate(value):
        if name is not None:
            _check_name(name, f"{path}.{i}", errors, dots=True, quoted=True)


def check_trusted_certificates(
    value: Mapping[str, str], path: str, errors: ValidationErrors
) -> None:
    """One ConfigMap or Secret, and a key in it."""
    sources = [name for name in ("config_map", "secret") if name in value]
    if len(sources) != 1:
        config_map = errors.format_key(f"{path}.config_map")
        secret = errors.format_key(f"{path}.secret")
        errors.add(path, f"takes one of {config_map} and {secret}. Give one of them.")
    for name in sources:
        _check_name(value[name], f"{path}.{name}", errors, dots=True, quoted=True)
    check_secret_key(value.get("key", "x"), f"{path}.key", errors)


def check_extra_hosts(
    value: Collection[Mapping[str, Any] | None], path: str, errors: ValidationErrors
) -> None:
    """Further host names; one that couldn't be decoded is None."""
    for i, extra in enumerate(value):
        if extra is None:
            continue
        check_host(extra.get("host", "x"), f"{path}.{i}.host", errors)
        if "tls_secret" in extra:
            check_object_name(extra["tls_secret"], f"{path}.{i}.tls_secret", errors)


def check_gateway(value: Mapping[str, str], path: str, errors: ValidationErrors) -> None:
    """A Gateway and one of its listeners."""
    for field, dots in (("name", True), ("namespace", False), ("section", True)):
        if field in value:
            _check_name(value[field], f"{path}.{field}", errors, dots=dots, quoted=True)


def is_repository(value: str) -> bool:
    """Whether it is the URL of a Helm repository or of an OCI registry, with a host."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https", "oci") and bool(parts.hostname)
    except ValueError:
        return False


def is_json(value: object) -> bool:
    """Whether it is plain JSON that reaches Kubernetes as it was sent."""
    try:
        return survives_yaml(json.dumps(value, allow_nan=False, ensure_ascii=False))
    except (TypeError, ValueError):
        return False
