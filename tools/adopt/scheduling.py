"""Helm values -> on which nodes pods run: for every pod, and for each service."""

from collections.abc import Iterator

from components.services import NATS, ROCKETCHAT, SERVICES
from tools.adopt.source import Source
from tools.adopt.translation import Translation

INPUTS = {"node_selector": "nodeSelector", "tolerations": "tolerations", "affinity": "affinity"}
"""The inputs, for every pod and for each service, with the names of their Helm values."""


def add_scheduling(source: Source, translation: Translation) -> None:
    """Adds what differs from the chart's defaults, each where the chart applies it."""
    for name, helm in INPUTS.items():
        for group, settings in _groups():
            path = f"{group}{helm}"
            value = source.value(path)
            translation.handled.append(path)
            if value:
                translation.set_input(f"{settings}{name}", value)
    anti_affinity = source.value("podAntiAffinity")
    translation.handled += ["podAntiAffinity", "podAntiAffinityTopologyKey"]
    if anti_affinity:
        translation.notes.append(
            f"podAntiAffinity: {anti_affinity} kept monoliths apart; the input"
            " resilience.topologySpread spreads every service."
        )


def _groups() -> Iterator[tuple[str, str]]:
    """Yields where the chart has such values, and where the inputs have them."""
    yield "global.", ""
    yield "", f"services.{ROCKETCHAT.name}."
    for service in SERVICES:
        if service.dedicated and service.in_chart:
            yield f"microservices.{service.config_name}.", f"services.{service.name}."
    yield "nats.", f"services.{NATS.name}."
