"""What is wrong with inputs in combination; each by itself is `definitions.validate`."""

from collections.abc import Mapping
from typing import Any

from components.chart_versions import CHART_DIGESTS
from components.inputs.checks import NOT_JSON, is_json
from components.inputs.definitions import (
    MAX_REPLICAS,
    ONE_NODE_MODES,
    READ_WRITE_ONCE,
    get_input,
)
from components.inputs.errors import ValidationErrors
from components.inputs.ownership import check_values, check_variables
from components.inputs.replicas import autoscaling_of
from components.services import ROCKETCHAT, SERVICES

CLUSTER_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Namespaces that every cluster has."""
Args = Mapping[str, Any]


def check_combinations(args: Args, errors: ValidationErrors) -> None:
    """Adds what is wrong with the inputs together; `args` are decoded, without defaults."""
    _check_namespace(args, errors)
    _check_replicas(args, errors)
    _check_autoscaling(args, errors)
    _check_nats(args, errors)
    _check_mongodb(args, errors)
    _check_license(args, errors)
    _check_hosts(args, errors)
    _check_smtp(args, errors)
    _check_uploads(args, errors)
    check_chart(args, errors)
    check_variables(args, errors)
    if is_json(args.get("values", {})):
        check_values(args, errors)
    else:
        errors.add("values", NOT_JSON)


def number_of_monoliths(args: Args) -> int:
    """Returns how many monoliths the inputs ask for."""
    number: int = get_input(args, f"replicas.{ROCKETCHAT.name}") or args.get("replica_count") or 1
    return number


def _check_namespace(args: Args, errors: ValidationErrors) -> None:
    if args.get("namespace") in CLUSTER_NAMESPACES and args.get("create_namespace", True):
        errors.add_invalid(
            "namespace",
            args["namespace"],
            "one that the program may create, label and delete",
            f"Name another, or set {errors.format_key('create_namespace')} to false.",
        )


def _check_replicas(args: Args, errors: ValidationErrors) -> None:
    if args.get("replica_count") is not None and args.get("replicas"):
        count, replicas = errors.format_key("replica_count"), errors.format_key("replicas")
        errors.add(
            "replica_count",
            f"is given together with {replicas}. Keep {count} for one number everywhere, or"
            f" {replicas} for a number for each service, and remove the other.",
        )


def _check_autoscaling(args: Args, errors: ValidationErrors) -> None:
    for service in SERVICES:
        autoscaling = autoscaling_of(service, args)
        path = f"services.{service.name}.autoscaling"
        if get_input(args, path) is None:
            continue
        minimum = autoscaling.get("min_replicas")
        if minimum is not None and minimum > autoscaling.get("max_replicas", MAX_REPLICAS):
            maximum = errors.format_key(f"{path}.max_replicas")
            errors.add_invalid(f"{path}.min_replicas", minimum, f"no more than {maximum}")
        if get_input(args, f"replicas.{service.name}") is not None:
            errors.add(
                f"replicas.{service.name}", f"is given together with {errors.format_key(path)}."
            )
        if "target_users_connected" in autoscaling:
            if "target_cpu_percent" in autoscaling:
                key = errors.format_key(f"{path}.target_cpu_percent")
                errors.add(f"{path}.target_users_connected", f"takes the place of {key}. Keep one.")
            continue
        requests = f"services.{service.name}.resources.requests"
        if get_input(args, f"{requests}.cpu") is None:
            key = errors.format_key(requests)
            errors.add(path, f"needs a CPU request to measure by. Set {key}.cpu.")


def _check_nats(args: Args, errors: ValidationErrors) -> None:
    if "nats_url" in args and get_input(args, "nats.existing_secret") is not None:
        key = errors.format_key("nats.existing_secret")
        errors.add("nats_url", f"is given together with {key}. Remove one.")
    external = "nats_url" if "nats_url" in args else "nats.existing_secret"
    if get_input(args, "nats.authentication") and get_input(args, external) is not None:
        key = errors.format_key(external)
        errors.add(
            "nats.authentication",
            f"is the bundled NATS's, and {key} gives an external one, whose URL holds its user and"
            " password. Remove one.",
        )


def _check_mongodb(args: Args, errors: ValidationErrors) -> None:
    names = ("mongodb_url", "mongodb_secret")
    url, secret = map(errors.format_key, names)
    given = [name for name in names if name in args or errors.has_error(name)]
    if len(given) == len(names):
        errors.add("mongodb_url", f"is given together with {secret}. Remove one.")
    elif not given:
        errors.add(
            "mongodb_url",
            f"is missing, and so is {secret}. Give the URL of a MongoDB 8.0 replica set as a secret"
            f" by {url}, or the name of a Secret that holds it by {secret}. The chart's"
            " bundled MongoDB stays off: it is 6.0, and Rocket.Chat 8 needs 8.0.",
        )


def _check_hosts(args: Args, errors: ValidationErrors) -> None:
    hosts = [args.get("host")]
    for i, extra in enumerate(args.get("extra_hosts") or []):
        host = (extra or {}).get("host")
        if host is not None and host in hosts:
            errors.add(f"extra_hosts.{i}.host", f"{host} is there twice. Remove one.")
        hosts.append(host)


def _check_license(args: Args, errors: ValidationErrors) -> None:
    if "license" in args and "license_secret" in args:
        secret = errors.format_key("license_secret")
        errors.add("license", f"is given together with {secret}. Remove one.")


def _check_smtp(args: Args, errors: ValidationErrors) -> None:
    smtp = args.get("smtp")
    password_given = "smtp_password" in args
    if smtp is None:
        if password_given and not errors.has_error("smtp"):
            errors.add("smtp_password", f"is given without {errors.format_key('smtp')}. Add it.")
        return
    existing = "existing_secret" in smtp
    secret = errors.format_key("smtp.existing_secret")
    if existing == ("host" in smtp) and not errors.has_error("smtp.host"):
        host = errors.format_key("smtp.host")
        errors.add("smtp", f"takes one of {host} and {secret}. Give one of them.")
    if existing:
        beside = [f"smtp.{name}" for name in ("port", "username") if name in smtp]
        for path in beside + ["smtp_password"] * password_given:
            errors.add(path, f"is given together with {secret}, which has it all. Remove one.")
    elif password_given and "username" not in smtp:
        username = errors.format_key("smtp.username")
        errors.add("smtp_password", f"is given without {username}. Add it.")


def _check_uploads(args: Args, errors: ValidationErrors) -> None:
    uploads = args.get("uploads")
    if uploads is None:
        return
    existing = "existing_claim" in uploads
    if existing == ("size" in uploads) and not errors.has_error("uploads.size"):
        size, claim = errors.format_key("uploads.size"), errors.format_key("uploads.existing_claim")
        errors.add("uploads", f"takes one of {size} and {claim}. Give one of them.")
    if existing and "storage_class" in uploads:
        errors.add("uploads.storage_class", "is the existing claim's own. Remove it.")
    monoliths = number_of_monoliths(args)
    mode = uploads.get("access_mode", READ_WRITE_ONCE)
    if mode in ONE_NODE_MODES and monoliths > 1:
        errors.add(
            "uploads.access_mode",
            f"is {mode}, which only one node mounts, and {monoliths} monoliths run. Use"
            " ReadWriteMany with a storage class that has it, or run one"
            f" ({errors.format_key('replicas.rocketchat')}), or keep uploads elsewhere"
            " (Rocket.Chat: GridFS, S3).",
        )


def check_chart(args: Args, errors: ValidationErrors) -> None:
    """Adds what is wrong with the fields of `chart` together."""
    chart = args.get("chart", {})
    version = chart.get("version")
    if "path" in chart:
        if "version" in chart or "repository" in chart:
            errors.add("chart.path", "is given together with a version or repository. Keep one.")
        return
    if errors.has_error("chart.version") or "digest" in chart:
        return
    if version is not None and version not in CHART_DIGESTS:
        errors.add(
            "chart.version",
            f"{version} is a version whose package this program doesn't know (it knows"
            f" {', '.join(CHART_DIGESTS)}). Give its SHA-256 by"
            f" {errors.format_key('chart.digest')}; the repository's index.yaml has it.",
        )
