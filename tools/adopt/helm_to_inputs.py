"""Helm values -> inputs.

An input needs no code here if its row in `components/inputs/definitions.py` names a Helm value.
"""

from collections.abc import Mapping
from typing import Any

from components.inputs.args import Mode
from components.inputs.definitions import INPUTS, Input, get_input, with_defaults
from components.naming import camel
from components.services import SERVICES
from tools.adopt import scheduling
from tools.adopt.address import add_address, refuse_names
from tools.adopt.by_hand import add_by_hand
from tools.adopt.databases import add_license, add_mongodb
from tools.adopt.images import add_images
from tools.adopt.instances import add_nats, add_replicas
from tools.adopt.mail import add_mail
from tools.adopt.other_values import add_other_values
from tools.adopt.pods import add_pods
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.uploads import add_uploads
from tools.adopt.variables import add_variables, read_variables
from tools.errors import ToolError

_DEFAULTS = with_defaults({})
_EMPTY: tuple[object, ...] = (None, "", {}, [])
_DECIDED_ELSEWHERE = (
    *("host", "root_url", "mongodb_url", "mongodb_secret", "smtp", "smtp_password"),
    *scheduling.INPUTS,
)
"""Inputs and groups of inputs that need more than the Helm value that the table names."""


def translate(source: Source, translation: Translation | None = None) -> Translation:
    """Returns the inputs that are equivalent to Helm values.

    Args:
        source: The values, as `prepare` returns them.
        translation: What `prepare` has found.

    Raises:
        ToolError: If there are values that no inputs say; the message has all of them.
    """
    translation = translation or Translation()
    # A value of the wrong type would make the others look wrong, too.
    _raise_refusals(translation)
    translation.set_input("namespace", source.namespace)
    if source.is_running:
        # Others may use the namespace, too: it stays with whoever made it.
        translation.set_input("create_namespace", value=False)
    translation.set_input("release_name", source.release)
    if not source.microservices:
        translation.set_input("mode", Mode.MONOLITH.value)
    variables = read_variables(source, translation)
    add_replicas(source, translation)
    add_nats(source, variables, translation)
    add_by_hand(source, translation)
    _add_groups(source, translation)
    _add_plain_inputs(source, translation)
    add_address(source, variables, translation)
    refuse_names(source, translation)
    add_mongodb(source, variables, translation)
    add_license(variables, source, translation)
    add_mail(source, variables, translation)
    add_uploads(source, translation)
    add_images(source, translation)
    scheduling.add_scheduling(source, translation)
    add_pods(source, translation)
    add_variables(source, variables, translation)
    add_other_values(source, translation)
    if source.as_is:
        translation.set_input("resilience.enabled", value=False)
    _raise_refusals(translation)
    _remove_defaults(translation)
    return translation


def _raise_refusals(translation: Translation) -> None:
    if translation.refusals:
        lines = "".join(f"\n  - {refusal}" for refusal in dict.fromkeys(translation.refusals))
        raise ToolError(f"These Helm values can't be taken over; nothing was written:{lines}")


def _add_groups(source: Source, translation: Translation) -> None:
    """Adds the inputs that Helm values switch on and off as a whole."""
    if not source.value("ingress.enabled"):
        translation.set_input("ingress.enabled", value=False)
    elif source.value("service.type") != "ClusterIP":
        translation.set_input("ingress.enabled", value=True)
    if source.value("persistence.enabled"):
        translation.set_input("uploads", {})


def _add_plain_inputs(source: Source, translation: Translation) -> None:
    """Adds every input for which the table names a Helm value that means the same."""
    replicas = translation.config["replicas"]
    left_out = (
        *(
            f"services.{service.name}."
            for service in SERVICES
            if service.config_name not in replicas
        ),
        *(f"{name}." for name in _DECIDED_ELSEWHERE),
    )
    for row in INPUTS:
        if not row.helm or f"{row.path}.".startswith(left_out):
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
    return source.value(row.helm)


def _remove_defaults(translation: Translation) -> None:
    """Removes what the program does by itself."""
    config = translation.config
    numbers = {service.config_name: service.default_replicas for service in SERVICES}
    replicas = config.pop("replicas", {})
    replicas = {name: number for name, number in replicas.items() if number != numbers[name]}
    if replicas:
        config["replicas"] = replicas
    for row in INPUTS:
        group_path, _, name = row.path.rpartition(".")
        group = _group(config, group_path)
        if row.default is not None and group is not None and group.get(camel(name)) == _plain(row):
            del group[camel(name)]
    groups = {row.path.rpartition(".")[0] for row in INPUTS}
    for path in sorted(groups, key=len, reverse=True):
        group = _group(config, path) or {}
        for name in [name for name, value in group.items() if value in ({}, None)]:
            del group[name]


def _group(config: dict[str, Any], path: str) -> dict[str, Any] | None:
    group: Any = config
    for name in filter(None, path.split(".")):
        group = group.get(camel(name)) if isinstance(group, dict) else None
    return group if isinstance(group, dict) else None


def _plain(row: Input) -> object:
    return getattr(row.default, "value", row.default)
