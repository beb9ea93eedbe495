"""The escape hatch `values`: Helm values of the operator's own, merged last.

What an input owns is refused, so that one thing is said in one place, and what the chart doesn't
know is warned about, since Helm drops it without a word.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from components.messages import nearest
from components.services import SERVICES, Path

Known = dict[str, "Known"]
"""The keys that a chart knows, nested as its values are; no keys below means anything goes."""

_REPLICAS = ("replica_count", "replicas")

OWNED_BY_INPUTS: Mapping[Path, tuple[str, ...]] = {
    **{service.replicas: ("replica_count", f"replicas.{service.name}") for service in SERVICES},
    **{service.resources: (f"resources.{service.name}",) for service in SERVICES},
    # The two that Rocket.Chat's guide to microservices teaches, and the chart ignores.
    ("microservices", "replicaCount"): _REPLICAS,
    ("microservices", "nats", "replicas"): ("replica_count", "replicas.nats"),
    ("microservices", "enabled"): ("mode",),
    ("nats", "enabled"): ("nats", "nats_url"),
    ("nats", "existingSecret"): ("nats.existing_secret",),
    ("host",): ("host",),
    ("mongodb", "enabled"): ("mongodb_url", "mongodb_secret"),
    ("existingMongodbSecret",): ("mongodb_secret",),
    ("externalMongodbUrl",): ("mongodb_url",),
    ("license",): ("license",),
    ("registrationToken",): ("registration_token",),
    ("extraSecret",): ("license", "registration_token"),
    ("smtp",): ("smtp",),
    ("ingress", "enabled"): ("ingress.enabled",),
    ("ingress", "ingressClassName"): ("ingress.class_name",),
    ("ingress", "annotations"): ("ingress.annotations",),
    ("ingress", "tls"): ("ingress.tls_secret",),
    ("service", "type"): ("service.type",),
    ("service", "port"): ("service.port",),
    ("image", "tag"): ("image.tag",),
    ("global", "imageRegistry"): ("image.registry",),
    ("persistence",): ("uploads",),
    ("nodeSelector",): ("node_selector",),
    ("tolerations",): ("tolerations",),
    ("affinity",): ("affinity",),
    ("podAntiAffinity",): ("resilience.topology_spread", "affinity"),
    **{
        ("global", key): (name,)
        for key, name in (
            ("nodeSelector", "node_selector"),
            ("tolerations", "tolerations"),
            ("affinity", "affinity"),
        )
    },
}
"""The values that inputs own, each with the inputs to use for it."""


def owned_keys(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The keys in `values` that inputs own, dotted, each with the inputs that do."""
    found: dict[str, tuple[str, ...]] = {}
    for path, inputs in OWNED_BY_INPUTS.items():
        node: Any = values
        for depth, key in enumerate(path):
            if not isinstance(node, Mapping):
                # Something that isn't a map, where the chart has one, hides all that is below.
                hiding = ".".join(path[:depth])
                found[hiding] = tuple(dict.fromkeys((*found.get(hiding, ()), *inputs)))
                break
            if key not in node:
                break
            node = node[key]
        else:
            found[".".join(path)] = inputs
    return found


def unknown_keys(
    values: Mapping[str, Any],
    known: Known,
    fields: Collection[str] = (),
    above: Path = (),
) -> Iterator[str]:
    """A sentence for each key in `values` that the chart doesn't have, with the nearest it has.

    `fields` are names that the chart may read a key by, wherever that is.
    """
    for key, value in values.items():
        path = (*above, str(key))
        if key not in known and key not in fields:
            near = nearest(str(key), known)
            hint = f" Did you mean {'.'.join((*above, near))}?" if near else ""
            yield f"values: {'.'.join(path)} is no key of the chart, and Helm drops it.{hint}"
        elif known.get(key) and isinstance(value, Mapping):
            yield from unknown_keys(value, known[key], fields, path)
