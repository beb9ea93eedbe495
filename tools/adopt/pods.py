"""Helm values -> pods: security contexts, disruption budgets, probes, and volumes of the node."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.kube.schema import schema_errors
from components.manifests.disruption_budgets import blocks_drains
from components.services import NATS, ROCKETCHAT, SERVICES
from tools.adopt.secret_values import without_secrets
from tools.adopt.source import Source
from tools.adopt.translation import Translation

_CONTEXTS = {
    "securityContext": "PodSecurityContext",
    "containerSecurityContext": "SecurityContext",
    "nats.securityContext": "PodSecurityContext",
    **{
        f"microservices.{service.config_name}.securityContext": "SecurityContext"
        for service in SERVICES
        if service.dedicated and service.in_chart
    },
}
"""The security contexts that the chart takes, and what each is in Kubernetes."""
_PROBES = ("livenessProbe", "readinessProbe")
_HOST_PATH = re.compile(r"^\W*hostPath\b", re.MULTILINE)


def add_pods(source: Source, translation: Translation) -> None:
    """Adds what Helm values say about the pods themselves."""
    _add_security_contexts(source, translation)
    _add_budgets(source, translation)
    _check_volumes(source, translation)
    _add_probes(source, translation)


def _add_probes(source: Source, translation: Translation) -> None:
    if all(source.value(f"{name}.enabled") is False for name in _PROBES):
        translation.set_input(f"services.{ROCKETCHAT.name}.probes.enabled", value=False)
        translation.handled += _PROBES
        return
    probes = [name for name in _PROBES if source.differs(name)]
    if probes and not source.as_is:
        translation.notes.append(
            f"{', '.join(probes)}: the program's own probes replace them. Their times are"
            " services.rocketchat.probes. To keep these, set resilience.probes to false."
        )


def _add_security_contexts(source: Source, translation: Translation) -> None:
    if _takes_users_away(source.values):
        translation.set_input("cluster_assigns_users", value=True)
        translation.handled += ["securityContext", "containerSecurityContext"]
        return
    for path, kind in _CONTEXTS.items():
        context = source.given(path)
        if not isinstance(context, Mapping):
            continue
        fitted = dict(_fields(context, path, kind, translation))
        translation.handled.append(path)
        translation.set_helm_value(path, fitted)
        if source.as_is:
            continue
        if (
            fitted.get("runAsUser") == 0
            or fitted.get("privileged")
            or (fitted.get("runAsNonRoot") is False)
        ):
            translation.refuse(
                path,
                "runs as root or privileged, which PodSecurity `restricted` forbids. Rocket.Chat"
                " needs neither. Remove runAsUser: 0, runAsNonRoot: false and privileged.",
            )


def _takes_users_away(values: Mapping[str, Any]) -> bool:
    """Whether nulls take the users of the chart's defaults away, as OpenShift needs it."""
    context = values.get("securityContext", {})
    if not isinstance(context, Mapping):
        return True
    return bool(context) and all(
        key in context and context[key] is None for key in ("runAsUser", "fsGroup")
    )


def _fields(
    context: Mapping[str, Any], path: str, kind: str, translation: Translation
) -> Iterator[tuple[str, Any]]:
    for key, given in context.items():
        is_number = isinstance(given, str) and given.strip().isdecimal()
        value = int(given) if is_number else given
        errors = list(schema_errors({key: value}, kind, "v1"))
        if any(error.startswith("unknown field") for error in errors):
            translation.notes.append(f"{path}.{key}: is no field of a {kind}, and left out.")
        elif errors:
            translation.refuse(path, f"{without_secrets(errors, value, key)}.")
        else:
            yield key, value


def _add_budgets(source: Source, translation: Translation) -> None:
    for service, path in ((ROCKETCHAT, ""), (NATS, "nats.podDisruptionBudget")):
        replicas = int(translation.config["replicas"].get(service.config_name, 0))
        given = source.given(path) if path else source.values
        limits = {
            key: given[key]
            for key in ("minAvailable", "maxUnavailable")
            if isinstance(given, Mapping) and key in given
        }
        if replicas < 2 or not blocks_drains({"spec": limits}, replicas):  # noqa: PLR2004 - several
            continue
        for key in limits:
            translation.handled.append(f"{path}.{key}".lstrip("."))
        if not path:
            translation.set_helm_value("minAvailable", replicas - 1)
        translation.notes.append(
            f"{path or 'minAvailable'}: no node with one of the {replicas} instances of"
            f" {service.kebab_name} could ever be drained; the budget allows one disruption from"
            " now on."
        )


def _check_volumes(source: Source, translation: Translation) -> None:
    volumes = source.given("extraVolumes")
    if isinstance(volumes, str):
        found = bool(_HOST_PATH.search(volumes))
    else:
        found = any(isinstance(item, Mapping) and "hostPath" in item for item in volumes or ())
    if not found:
        return
    advice = (
        "Certificates come from a ConfigMap or Secret by trustedCertificates, and other files by an"
        " extraVolume of one of these."
    )
    if source.is_running:
        translation.notes.append(
            f"extraVolumes: PodSecurity `restricted` forbids hostPath, so that the pods can't move"
            f" to a namespace that enforces it. {advice}"
        )
    else:
        translation.refuse(
            "extraVolumes",
            f"has a hostPath, which PodSecurity `restricted` forbids, and the namespace enforces"
            f" that: no pod would start. {advice}",
        )
