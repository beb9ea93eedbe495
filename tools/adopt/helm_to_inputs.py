"""Helm values -> inputs.

An input needs no code here if its row in `components/inputs/definitions.py` names a Helm value.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from components.chart.values import merge_values
from components.inputs.args import Mode
from components.inputs.definitions import INPUTS, Input, get_input, with_defaults
from components.inputs.ownership import OWNED_BY_INPUTS
from components.services import SERVICES
from tools.adopt.instances import add_nats, add_replicas
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.errors import ToolError

_DEFAULTS = with_defaults({})
_EMPTY: tuple[object, ...] = (None, "", {}, [])


def translate(source: Source) -> Translation:
    """Returns the inputs that are equivalent to Helm values.

    Raises:
        ToolError: If no inputs are.
    """
    if not source.value("host"):
        remedy = "with `helm upgrade --reuse-values --set host=…` first; that restarts its pods"
        raise ToolError(
            "The values have no `host`, and Rocket.Chat can't tell people where it is. Set it"
            f" {remedy if source.is_running else 'there'}."
        )
    translation = Translation()
    translation.set_input("host", source.value("host"))
    translation.set_input("namespace", source.namespace)
    if source.is_running:
        # Others may use the namespace, too: it stays with whoever made it.
        translation.set_input("create_namespace", value=False)
    translation.set_input("release_name", source.release)
    if not source.microservices:
        translation.set_input("mode", Mode.MONOLITH.value)
    add_replicas(source, translation)
    add_nats(source, translation)
    _add_groups(source, translation)
    _add_plain_inputs(source, translation)
    _choose_mongodb(source, translation)
    _choose_smtp(source, translation)
    _prefer_existing_claim(translation)
    _add_extra_secret(source, translation)
    _note_scheduling(source, translation)
    _add_other_values(source, translation)
    if source.as_is:
        translation.set_input("resilience.enabled", value=False)
    return translation


def _add_groups(source: Source, translation: Translation) -> None:
    """Adds the inputs that Helm values switch on and off as a whole."""
    if not source.value("ingress.enabled"):
        translation.set_input("ingress.enabled", value=False)
    elif source.value("service.type") != "ClusterIP":
        translation.set_input("ingress.enabled", value=True)
    for path, switch in (("smtp", "smtp.enabled"), ("uploads", "persistence.enabled")):
        if source.value(switch):
            translation.set_input(path, {})


def _add_plain_inputs(source: Source, translation: Translation) -> None:
    """Adds every input for which the table names a Helm value that means the same."""
    replicas = translation.config["replicas"]
    not_running = tuple(
        f"services.{service.name}." for service in SERVICES if service.config_name not in replicas
    )
    for row in INPUTS:
        if not row.helm or row.path.startswith(not_running):
            continue
        helm_value = _helm_value(source, row)
        if helm_value in _EMPTY:
            continue
        value = row.from_helm(helm_value, {"host": source.value("host")})
        if value is None and row.helm in row.shares:
            translation.set_helm_value(row.helm, helm_value)
        elif value is None:
            translation.notes.append(f"{row.helm}: no input says the same; it is left out.")
        elif value != get_input(_DEFAULTS, row.path):
            translation.set_input(row.path, value)


def _helm_value(source: Source, row: Input) -> Any:  # noqa: ANN401 - any Helm value
    """Returns the Helm value of an input; None if it is switched off."""
    group = source.value(row.helm.rpartition(".")[0])
    if isinstance(group, Mapping) and not group.get("enabled", True):
        return None
    every_pod = source.value(_global(row)) if _global(row) in row.owns else None
    return every_pod or source.value(row.helm)


def _global(row: Input) -> str:
    """The Helm value for every pod, where the one of the same name is for the monolith's pods."""
    return f"global.{row.helm}"


def _choose_mongodb(source: Source, translation: Translation) -> None:
    """Decides between the sources of MongoDB's URL: an existing Secret, the chart's, the URL."""
    bundled = bool(source.value("mongodb.enabled"))
    url = translation.secrets.pop("mongodbUrl", None)
    if "mongodbSecret" not in translation.config:
        rendered = source.secret_behind("MONGO_URL")
        if rendered and (source.as_is or bundled or not url):
            translation.set_input("mongodb_secret", rendered)
            translation.notes.append(
                f"MongoDB's URL stays in Secret {rendered}, which the chart made. Move it when a"
                " restart suits: `pulumi config set --secret mongodbUrl`."
            )
        elif url:
            translation.set_input("mongodb_url", url)
        else:
            translation.notes.append(
                "MongoDB: the values name none but the bundled one, which is 6.0, and Rocket.Chat 8"
                " needs 8.0. Name yours: `pulumi config set --secret mongodbUrl`."
            )
    if bundled and source.is_running:
        translation.notes.append(
            "The bundled MongoDB stays as it is, but nobody manages it from now on. It is 6.0, and"
            " Rocket.Chat 8 needs 8.0: move to one of your own."
        )


def _choose_smtp(source: Source, translation: Translation) -> None:
    """Decides between the sources of the mail server: an existing Secret, the chart's, fields."""
    smtp = translation.config.get("smtp")
    if smtp is None:
        return
    existing = smtp.get("existingSecret")
    secret = existing or (source.secret_behind("MAIL_URL") if source.as_is else None)
    if secret:
        translation.set_input("smtp", {"existingSecret": secret})
        translation.secrets.pop("smtpPassword", None)


def _prefer_existing_claim(translation: Translation) -> None:
    """Removes what only goes with a new claim for uploads."""
    uploads = translation.config.get("uploads", {})
    if "existingClaim" in uploads:
        for name in ("size", "storageClass"):
            uploads.pop(name, None)


def _add_extra_secret(source: Source, translation: Translation) -> None:
    """Adds the variables in the Secret `extraSecret`.

    The chart takes one such Secret. If the component needs that place for its own, each variable
    becomes an item of `extraEnv`.
    """
    secret = source.value("extraSecret")
    if not secret:
        return
    if not translation.secrets.keys() & {"license", "registrationToken"}:
        translation.set_helm_value("extraSecret", secret)
        return
    if not source.extra_secret_keys:
        translation.notes.append(
            f"extraSecret: no variables could be read from {secret} here. Add them to"
            " values.extraEnv, each with its valueFrom, before the first update."
        )
        return
    extra_env = source.value("extraEnv")
    if isinstance(extra_env, str):
        raise ToolError(
            "extraEnv is a string, and extraSecret is given with a licence or registration token:"
            " these can't be combined. Make extraEnv an array first, by `helm upgrade`."
        )
    variables = [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for key in source.extra_secret_keys
    ]
    translation.set_helm_value("extraEnv", [*(extra_env or []), *variables])


def _note_scheduling(source: Source, translation: Translation) -> None:
    """Adds notes about Helm values for the monolith's pods whose inputs are for every pod."""
    for row in INPUTS:
        if _global(row) not in row.owns:
            continue
        monolith, every_pod = source.value(row.helm), source.value(_global(row))
        if monolith and not every_pod:
            translation.notes.append(
                f"{row.helm} was for the monolith's pods only; the input is for every pod."
            )
        elif monolith and monolith != every_pod:
            translation.notes.append(
                f"{row.helm} was for the monolith's pods. The input is for every pod, and says what"
                f" {_global(row)} did."
            )
    anti_affinity = source.value("podAntiAffinity")
    if anti_affinity:
        translation.notes.append(
            f"podAntiAffinity: {anti_affinity} kept monoliths apart; the input"
            " resilience.topologySpread spreads every service."
        )


def _add_other_values(source: Source, translation: Translation) -> None:
    """Adds the Helm values that no input decides."""
    others = _without(source.values, OWNED_BY_INPUTS)
    values = merge_values(others, translation.config.pop("values", {}))
    if values:
        translation.config["values"] = values


def _without(values: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Returns `values` without those at `paths`, and without objects that are empty then."""
    rest = deepcopy(dict(values))
    for path in paths:
        _remove(rest, path.split("."))
    return rest


def _remove(values: dict[str, Any], keys: list[str]) -> None:
    key, *below = keys
    if not below:
        values.pop(key, None)
    elif isinstance(values.get(key), dict):
        _remove(values[key], below)
        if not values[key]:
            del values[key]
