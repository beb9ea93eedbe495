"""Objects against intent: nothing, or one error that names each miss.

This is what makes another version of the chart safe to try: whatever its values are called by then,
what doesn't come out as meant is told before anything is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi

from components.chart.package import DIGESTS, Chart
from components.deploy.secrets import MAIL_KEY, MONGODB_KEY, environment_secret, mail_secret
from components.inputs.spec import Intent
from components.kube.schema import misfits
from components.manifests.endpoints import paths_to
from components.manifests.objects import (
    KubernetesObject,
    container,
    kubernetes_services,
    name_of,
    variable,
    workload,
)
from components.manifests.transporter import bus_host
from components.services import DDP_STREAMER, NATS, ROCKETCHAT, SERVICES, Service

STREAM_PATHS = ("/sockjs", "/websocket")
"""Where people's clients look for ddp-streamer."""


@dataclass(frozen=True)
class Miss:
    """One way in which what was rendered isn't what is meant."""

    input: str
    """The input that meant it."""
    where: str
    """The object, and the path in it."""
    asked: object
    rendered: object


def check(objects: list[KubernetesObject], intent: Intent, chart: Chart) -> None:
    """Raises one `pulumi.RunError` that names each way in which `objects` aren't what is meant."""
    missed = misses(objects, intent, chart)
    if not missed:
        return
    lines = "".join(
        f"\n  - {'.'.join(map(intent.spell, miss.input.split('.')))}: {miss.where}: asked for"
        f" {miss.asked}, rendered {miss.rendered}"
        for miss in missed
    )
    do = f"The chart may name its values otherwise. Use one of {', '.join(DIGESTS)}."
    if intent.values:
        do = f"{intent.spell('values')}: they may say otherwise. Remove what is about that. {do}"
    raise pulumi.RunError(
        f"Chart {chart.version} doesn't render what was asked for; nothing was changed:{lines}"
        f"\n{do}",
    )


def check_kinds(objects: list[KubernetesObject], intent: Intent) -> None:
    """Raises one `pulumi.RunError` where `values` make objects that Kubernetes wouldn't take.

    What all other inputs hold has been checked for itself.
    """
    if not intent.values:
        return
    wrong = [
        f"\n  - {name_of(one)}: {sentence}"
        for one in objects
        for sentence in misfits(one, one["kind"], one["apiVersion"])
    ]
    if wrong:
        raise pulumi.RunError(
            f"{intent.spell('values')}: with them the chart renders what Kubernetes doesn't take;"
            f" nothing was changed:{''.join(wrong)}\nRemove or correct what is about that.",
        )


def misses(objects: list[KubernetesObject], intent: Intent, chart: Chart) -> list[Miss]:
    """Each way in which `objects` aren't what is meant."""
    found = []
    for service in SERVICES:
        one = workload(objects, service, intent.release)
        if service not in intent.services:
            if one is not None:
                asked = "mode" if service.dedicated else "nats"
                found.append(Miss(asked, name_of(one), "none", "one"))
        elif one is None:
            name = f"{service.kind} for {service.title}"
            found.append(Miss(f"replicas.{service.name}", name, "one", "none"))
        else:
            found += _workload(objects, service, one, intent, chart)
    return found + list(_ingress(objects, intent))


def _workload(
    objects: list[KubernetesObject],
    service: Service,
    one: KubernetesObject,
    intent: Intent,
    chart: Chart,
) -> Iterator[Miss]:
    name = name_of(one)
    yield from _replicas(objects, service, one, intent)
    held = container(one, service.container)
    if held is None:
        yield Miss("chart.version", f"{name} containers", service.container, "none of that name")
        return
    for wanted in intent.bus.environment(service, intent.release):
        came = variable(held, wanted["name"])
        if came != wanted:
            yield Miss("nats", f"{name} env {wanted['name']}", wanted, came)
    if service is NATS:
        yield from _routes(objects, one, intent)
    else:
        tag = intent.image_tag or chart.app_version
        came_tag = held["image"].rpartition("/")[2].partition(":")[2]
        if came_tag != tag:
            yield Miss("image.tag", f"{name} image", tag, held["image"])
        yield from _secrets(service, held, name, intent)
    yield from _service_port(objects, service, held, name, intent)


def _replicas(
    objects: list[KubernetesObject],
    service: Service,
    one: KubernetesObject,
    intent: Intent,
) -> Iterator[Miss]:
    between = intent.autoscaling.get(service.name)
    came = one["spec"].get("replicas")
    if between is not None:
        targets = [
            each["spec"]["scaleTargetRef"]["name"]
            for each in objects
            if each["kind"] == "HorizontalPodAutoscaler"
        ]
        if came is not None or one["metadata"]["name"] not in targets:
            yield Miss(f"autoscaling.{service.name}", name_of(one), "an autoscaler", came)
    elif came != intent.replicas[service.name]:
        where = f"{name_of(one)} spec.replicas"
        yield Miss(f"replicas.{service.name}", where, intent.replicas[service.name], came)


def _routes(
    objects: list[KubernetesObject],
    one: KubernetesObject,
    intent: Intent,
) -> Iterator[Miss]:
    """Each server has to know all of them, or messages reach only some."""
    number = intent.replicas[NATS.name]
    text = "".join(
        str(config)
        for each in objects
        if each["kind"] == "ConfigMap"
        for config in each.get("data", {}).values()
    )
    name = one["metadata"]["name"]
    known = [i for i in range(number) if f"//{name}-{i}.{one['spec']['serviceName']}." in text]
    if number > 1 and len(known) != number:
        where = f"routes in the configuration of {name_of(one)}"
        yield Miss("replicas.nats", where, number, len(known))


def _secrets(
    service: Service,
    held: KubernetesObject,
    name: str,
    intent: Intent,
) -> Iterator[Miss]:
    wanted = {"MONGO_URL": ("mongodb_secret", intent.mongodb_secret, MONGODB_KEY)}
    if service is ROCKETCHAT and intent.smtp is not None:
        wanted["MAIL_URL"] = ("smtp", mail_secret(intent), MAIL_KEY)
    for key, (asked, secret, part) in wanted.items():
        came = (variable(held, key) or {}).get("valueFrom", {}).get("secretKeyRef", {})
        if (came.get("name"), came.get("key")) != (secret, part):
            yield Miss(asked, f"{name} env {key}", f"Secret {secret}, key {part}", came or "none")
    environment = environment_secret(intent)
    if service is ROCKETCHAT and environment is not None:
        sources = [each.get("secretRef", {}).get("name") for each in held.get("envFrom", [])]
        if environment not in sources:
            yield Miss("license", f"{name} envFrom", f"Secret {environment}", sources or "none")


def _service_port(
    objects: list[KubernetesObject],
    service: Service,
    held: KubernetesObject,
    name: str,
    intent: Intent,
) -> Iterator[Miss]:
    """The Kubernetes Service has to lead clients to the port that the container listens on."""
    if service not in (ROCKETCHAT, DDP_STREAMER, NATS):
        return  # nobody connects to it; the bus brings its work
    leading = kubernetes_services(objects, service, intent.release)
    names = [each["metadata"]["name"] for each in leading]
    if service is NATS and bus_host(intent.release) not in names:
        yield Miss("values", f"Service of {name}", bus_host(intent.release), names or "none")
    number = intent.service_port if service is ROCKETCHAT else service.port
    asked = "service.port" if service is ROCKETCHAT else f"replicas.{service.name}"
    listens = {port.get("name"): port["containerPort"] for port in held.get("ports", [])}
    came = {
        port["port"]: port.get("targetPort", port["port"])
        for each in leading
        for port in each["spec"]["ports"]
    }
    target = came.get(number)
    if listens.get(target, target) != service.port:
        where = f"Service of {name}, port {number}"
        yield Miss(asked, where, f"leading to {service.port}", came or "no Service")


def _ingress(objects: list[KubernetesObject], intent: Intent) -> Iterator[Miss]:
    ingresses = [one for one in objects if one["kind"] == "Ingress"]
    if intent.ingress is None:
        for one in ingresses:
            yield Miss("ingress.enabled", name_of(one), "none", "one")
        return
    hosts = [rule.get("host") for one in ingresses for rule in one["spec"].get("rules", [])]
    if hosts != [intent.host]:
        yield Miss("host", "Ingress rules", intent.host, hosts or "none")
    wanted: dict[Service, tuple[str, ...]] = {ROCKETCHAT: ("/",)}
    if intent.microservices:
        wanted[DDP_STREAMER] = STREAM_PATHS
    for service, paths in wanted.items():
        names = {
            each["metadata"]["name"]
            for each in kubernetes_services(objects, service, intent.release)
        }
        led: set[Any] = set().union(*(paths_to(one, names) for one in ingresses))
        for path in paths:
            if path not in led:
                where = f"Ingress path {path}"
                yield Miss("ingress", where, f"leading to {service.title}", sorted(led) or "none")
    if intent.ingress.tls_secret is not None:
        secrets = [tls.get("secretName") for one in ingresses for tls in one["spec"].get("tls", [])]
        if intent.ingress.tls_secret not in secrets:
            yield Miss("ingress.tls_secret", "Ingress tls", intent.ingress.tls_secret, secrets)
