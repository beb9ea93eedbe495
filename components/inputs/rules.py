"""What is wrong with inputs, each for itself and together, beyond their types."""

import json
import re
from collections.abc import Mapping
from typing import Any

from components.inputs import replicas as sizing
from components.inputs.compute import check_compute
from components.inputs.decode import survives_yaml
from components.inputs.errors import ValidationErrors
from components.inputs.names import check_names
from components.inputs.ownership import owned_keys
from components.inputs.pod_template_overrides import problem as kept_problem
from components.inputs.templates import OPENING, templates_in
from components.inputs.variables import owned_variables
from components.kube.affinity import affinity_problems
from components.kube.images import DIGEST, TAG
from components.kube.names import is_dns_name, is_label_key, is_label_pair, is_label_value

NO_JSON = (
    "holds something that isn't plain JSON (an Output, perhaps, or a control character). Give plain"
    " values: they decide what the manifests look like."
)
KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
REGISTRY = r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*"
TOLERATION_WORDS = {
    "operator": ("Equal", "Exists"),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
}
SHARED = ("extraSecret", "ingress.tls")
"""Helm values that are the operator's own where no input of theirs is given."""
MOST_ANNOTATIONS = 200 * 2**10
"""Bytes; Kubernetes takes 256 KiB, and others than the operator add theirs."""
DAY = 24 * 60 * 60
_URL = r"://[^\s\x00-\x1f\x7f]+"
_A_URL = (
    "isn't a URL that begins with {} and has no spaces; it isn't shown here. Check it, and write"
    " special characters in its user name and password as %XX."
)
_TEXT = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]*")
_A_TEXT = "holds a control character, which a pod can't be given; it isn't shown here. Set it anew."
SECRET_FORMS = {
    "mongodb_url": (
        re.compile(rf"mongodb(\+srv)?{_URL}"),
        _A_URL.format("mongodb:// or mongodb+srv://"),
    ),
    "nats_url": (re.compile(f"nats{_URL}"), _A_URL.format("nats:// (never monolith+)")),
    "license": (_TEXT, _A_TEXT),
    "registration_token": (_TEXT, _A_TEXT),
}
"""What secrets look like, and what is said of one that doesn't: it is checked, and never shown."""


def check(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    """Adds to `errors` all that is wrong with `args`, less what needs the whole to tell."""
    check_names(args, errors)
    _check_secrets(args, errors)
    _check_mongodb(args, errors)
    _check_nats(args, errors)
    _check_smtp(args, errors)
    _check_exposure(args, errors)
    _check_image(args, errors)
    check_compute(args, errors)
    _check_autoscaling(args, errors)
    _check_scheduling(args, errors)
    _check_values(args, errors)
    _check_timeout(args, errors)
    kept = kept_problem(args.get("pod_template_overrides", {}))
    if kept:
        errors.add("pod_template_overrides", kept)


def _check_mongodb(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    url, secret = errors.format_key("mongodb_url"), errors.format_key("mongodb_secret")
    mongodb = [
        name for name in ("mongodb_url", "mongodb_secret") if name in args or errors.has_error(name)
    ]
    if len(mongodb) == 2:  # noqa: PLR2004 - both of the two
        errors.add("mongodb_url", f"is given together with {secret}. Remove one.")
    elif not mongodb:
        errors.add(
            "mongodb_url",
            f"is missing, and so is {secret}. Give the URL of a MongoDB 8.0 replica set as a secret"
            f" by {url}, or the name of a Secret with the key mongo-uri by {secret}. The chart's"
            " bundled MongoDB stays off: it is 6.0, and Rocket.Chat 8 needs 8.0.",
        )


def _check_nats(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    existing = args.get("nats", {}).get("existing_secret")
    if existing is None:
        return
    if "nats_url" in args:
        key = errors.format_key("nats.existing_secret")
        errors.add("nats_url", f"is given together with {key}. Remove one.")
    for part in ("name", "key"):
        name = existing.get(part)
        fits = is_dns_name(name or "x", dots=True) if part == "name" else KEY.fullmatch(name or "x")
        if name is not None and not fits:
            errors.add_invalid(f"nats.existing_secret.{part}", name, f"the {part} of a Secret")


def _check_secrets(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    for name in SECRET_FORMS:
        sentence = secret_problem(name, args.get(name))
        if sentence:
            errors.add(name, sentence)


def secret_problem(name: str, came: object) -> str:
    """What is wrong with a secret that has a form, in words that don't show it; "" for nothing."""
    form, sentence = SECRET_FORMS[name]
    return sentence if isinstance(came, str) and not form.fullmatch(came) else ""


def _check_smtp(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    smtp = args.get("smtp")
    if smtp is None:
        if "smtp_password" in args and not errors.has_error("smtp"):
            errors.add("smtp_password", f"is given without {errors.format_key('smtp')}. Add it.")
        return
    existing = "existing_secret" in smtp
    if existing == ("host" in smtp) and not errors.has_error("smtp.host"):
        host, secret = errors.format_key("smtp.host"), errors.format_key("smtp.existing_secret")
        errors.add("smtp", f"takes one of {host} and {secret}. Give one of them.")
    if existing:
        secret = errors.format_key("smtp.existing_secret")
        beside = [f"smtp.{name}" for name in ("port", "username") if name in smtp]
        for path in beside + ["smtp_password"] * ("smtp_password" in args):
            errors.add(path, f"is given together with {secret}, which says it all. Remove one.")
    if not existing and ("username" in smtp) != ("smtp_password" in args):
        name, password = errors.format_key("smtp.username"), errors.format_key("smtp_password")
        errors.add("smtp", f"takes {name} and {password} together. Give both or neither.")
    if "host" in smtp and not re.fullmatch(r"[a-zA-Z0-9.-]{1,253}|\[[0-9a-fA-F:]+\]", smtp["host"]):
        errors.add_invalid("smtp.host", smtp["host"], "the mail server's name or address")
    _check_port(smtp, "smtp.port", errors)


def _check_port(group: Mapping[str, Any], path: str, errors: ValidationErrors) -> None:
    port = group.get("port")
    if port is not None and not 1 <= port <= 65535:  # noqa: PLR2004 - the range of ports
        errors.add_invalid(path, port, "a whole number from 1 to 65535")


def _check_exposure(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    annotations = args.get("ingress", {}).get("annotations", {})
    for key in annotations:
        if not is_label_key(key):
            errors.add_invalid("ingress.annotations", {key: "…"}, "keys such as example.com/name")
    if sum(len(f"{key}{text}".encode()) for key, text in annotations.items()) > MOST_ANNOTATIONS:
        kib = MOST_ANNOTATIONS >> 10
        errors.add("ingress.annotations", f"hold more than {kib} KiB. Kubernetes takes no more.")
    _check_templates(annotations, "ingress.annotations", errors)
    service = args.get("service", {})
    types = ("ClusterIP", "NodePort", "LoadBalancer")
    if service.get("type") not in (None, *types):
        errors.add_invalid("service.type", service["type"], " or ".join(types))
    _check_port(service, "service.port", errors)


def _check_image(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    image = args.get("image", {})
    tag, registry = image.get("tag"), image.get("registry")
    if tag is not None and not re.fullmatch(f"{TAG}(@{DIGEST})?", tag, re.ASCII):
        errors.add_invalid("image.tag", tag, "a tag such as 8.6.1, or 8.6.1@sha256:…")
    if registry is not None and not re.fullmatch(REGISTRY, registry):
        errors.add_invalid("image.registry", registry, "a registry such as mirror.example.com:5000")


def _check_autoscaling(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    allowed = f"a whole number from {sizing.LEAST} to {sizing.MOST}"
    for name, between in args.get("autoscaling", {}).items():
        path = f"autoscaling.{name}"
        for part in ("min_replicas", "max_replicas"):
            number = between.get(part)
            if number is not None and not sizing.LEAST <= number <= sizing.MOST:
                errors.add_invalid(f"{path}.{part}", number, allowed)
        if "min_replicas" in between and between["min_replicas"] > between.get(
            "max_replicas", sizing.MOST
        ):
            most = errors.format_key(f"{path}.max_replicas")
            errors.add_invalid(
                f"{path}.min_replicas", between["min_replicas"], f"no more than {most}"
            )
        if not 1 <= between.get("target_cpu_percent", 1) <= 100:  # noqa: PLR2004 - percent
            errors.add_invalid(
                f"{path}.target_cpu_percent",
                between["target_cpu_percent"],
                "a whole number from 1 to 100, in percent",
            )
        if name in args.get("replicas", {}):
            errors.add(f"replicas.{name}", f"is given together with {errors.format_key(path)}.")
        if "cpu" not in args.get("resources", {}).get(name, {}).get("requests", {}):
            requests = errors.format_key(f"resources.{name}.requests")
            errors.add(path, f"needs a CPU request to measure by. Set {requests}.cpu.")


def _check_scheduling(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    for i, one in enumerate(args.get("tolerations", [])):
        if one is not None:
            _check_toleration(one, f"tolerations.{i}", errors)
    for key, value in args.get("node_selector", {}).items():
        if not is_label_pair(key, value):
            errors.add_invalid("node_selector", {key: value}, "labels of nodes")
    affinity = args.get("affinity", {})
    if not _is_json(affinity):
        errors.add("affinity", NO_JSON)
        return
    for sentence in affinity_problems(affinity):
        errors.add("affinity", f"{sentence}.")


def _check_toleration(one: Mapping[str, Any], path: str, errors: ValidationErrors) -> None:
    for part, words in TOLERATION_WORDS.items():
        if one.get(part) not in (None, *words):
            errors.add_invalid(f"{path}.{part}", one[part], " or ".join(words))
    keyless = "key" not in one and not errors.has_error(f"{path}.key")
    if not is_label_key(one.get("key", "x")):
        errors.add_invalid(f"{path}.key", one["key"], "the key of a taint")
    if not is_label_value(one.get("value", "")):
        errors.add_invalid(f"{path}.value", one["value"], "the value of a taint")
    if one.get("operator", "Equal") == "Equal" and keyless:
        errors.add(path, "has no key. Give one, or the operator Exists.")
    if one.get("operator") == "Exists" and "value" in one:
        errors.add(path, "has the operator Exists and a value. Remove one.")
    if "toleration_seconds" in one and one.get("effect") != "NoExecute":
        seconds = errors.format_key("toleration_seconds")
        errors.add(path, f"has {seconds}, which goes with NoExecute only.")


def _check_timeout(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    seconds = args.get("timeout_seconds")
    if seconds is not None and not 1 <= seconds <= DAY:
        errors.add_invalid("timeout_seconds", seconds, f"a whole number from 1 to {DAY}")


def _is_json(value: object) -> bool:
    try:
        return survives_yaml(json.dumps(value, allow_nan=False, ensure_ascii=False))
    except (TypeError, ValueError):
        return False


def _check_values(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    values = args.get("values", {})
    if not _is_json(values):
        errors.add("values", NO_JSON)
        return
    _check_templates(values, "values", errors)
    for variable, instead in owned_variables(args):
        errors.add(
            "values",
            f"{variable} belongs to an input. Use {_each(errors, instead)}.",
            below=".extraEnv",
        )
    for path, instead in owned_keys(values).items():
        if path in SHARED and not any(_given(args, name) for name in instead):
            continue  # none of ours is in its place
        # Helm's own keys are told as they are, whatever language the inputs are in.
        errors.add("values", f"{path} belongs to an input. Use {_each(errors, instead)}.")


def _check_templates(value: object, name: str, errors: ValidationErrors) -> None:
    for path in templates_in(value):
        errors.add(
            name,
            f"holds {OPENING}, which Helm would evaluate as a template. Write out what it stands"
            " for.",
            below=path,
        )


def _given(args: Mapping[str, Any], path: str) -> bool:
    group, _, name = path.rpartition(".")
    return name in (args.get(group, {}) if group else args)


def _each(errors: ValidationErrors, inputs: tuple[str, ...]) -> str:
    return " or ".join(errors.format_key(name) for name in inputs)
