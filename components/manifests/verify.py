"""Objects against intent: nothing, or one error that names each miss.

This is what makes another version of the chart safe to try: whatever its values are called by then,
what doesn't come out as meant is told before anything is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pulumi

from components.chart.package import Chart
from components.chart.values import MAIL_KEY, MONGODB_KEY
from components.chart_versions import CHART_DIGESTS
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, find_container, find_env, kind_and_name
from components.kube.schema import schema_errors
from components.manifests.endpoints import paths_to
from components.manifests.transporter import nats_host, transporter_env
from components.manifests.workloads import find_services, find_workload
from components.services import DDP_STREAMER, NATS, ROCKETCHAT, SERVICES, Service

STREAM_PATHS = ("/sockjs", "/websocket")
"""Where people's clients look for ddp-streamer."""


@dataclass(frozen=True)
class Mismatch:
    """One way in which what was rendered isn't what is meant."""

    input: str
    """The input that meant it."""
    where: str
    """The object, and the path in it."""
    asked: object
    rendered: object


def check(objects: list[KubernetesObject], spec: WorkspaceSpec, chart: Chart) -> None:
    """Raises one `pulumi.RunError` that names each way in which `objects` aren't what is meant."""
    missed = mismatches(objects, spec, chart)
    if not missed:
        return
    lines = "".join(
        f"\n  - {'.'.join(map(spec.key_format, miss.input.split('.')))}: {miss.where}: asked for"
        f" {miss.asked}, rendered {miss.rendered}"
        for miss in missed
    )
    do = f"The chart may name its values otherwise. Use one of {', '.join(CHART_DIGESTS)}."
    if spec.values:
        do = f"{spec.key_format('values')}: they may say otherwise. Remove what is about that. {do}"
    raise pulumi.RunError(
        f"Chart {chart.version} doesn't render what was asked for; nothing was changed:{lines}"
        f"\n{do}",
    )


def check_kinds(objects: list[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Raises one `pulumi.RunError` where `values` make objects that Kubernetes wouldn't take.

    What all other inputs hold has been checked for itself.
    """
    if not spec.values:
        return
    wrong = [
        f"\n  - {kind_and_name(one)}: {sentence}"
        for one in objects
        for sentence in schema_errors(one, one["kind"], one["apiVersion"])
    ]
    if wrong:
        raise pulumi.RunError(
            f"{spec.key_format('values')}: with them the chart renders what Kubernetes doesn't take;"
            f" nothing was changed:{''.join(wrong)}\nRemove or correct what is about that.",
        )


def mismatches(
    objects: list[KubernetesObject], spec: WorkspaceSpec, chart: Chart
) -> list[Mismatch]:
    """Each way in which `objects` aren't what is meant."""
    found = []
    for service in SERVICES:
        one = find_workload(objects, service, spec.release)
        if service not in spec.services:
            if one is not None:
                asked = "mode" if service.dedicated else "nats"
                found.append(Mismatch(asked, kind_and_name(one), "none", "one"))
        elif one is None:
            name = f"{service.kind} for {service.kebab_name}"
            found.append(Mismatch(f"replicas.{service.name}", name, "one", "none"))
        else:
            found += _workload(objects, service, one, spec, chart)
    return found + list(_ingress(objects, spec))


def _workload(
    objects: list[KubernetesObject],
    service: Service,
    one: KubernetesObject,
    spec: WorkspaceSpec,
    chart: Chart,
) -> Iterator[Mismatch]:
    name = kind_and_name(one)
    yield from _replicas(objects, service, one, spec)
    held = find_container(one, service.container)
    if held is None:
        yield Mismatch(
            "chart.version", f"{name} containers", service.container, "none of that name"
        )
        return
    for wanted in transporter_env(spec, service):
        came = find_env(held, wanted["name"])
        if came != wanted:
            yield Mismatch("nats", f"{name} env {wanted['name']}", wanted, came)
    if service is NATS:
        yield from _routes(objects, one, spec)
    else:
        tag = spec.image_tag or chart.app_version
        came_tag = held["image"].rpartition("/")[2].partition(":")[2]
        if came_tag != tag:
            yield Mismatch("image.tag", f"{name} image", tag, held["image"])
        yield from _secrets(service, held, name, spec)
    yield from _service_port(objects, service, held, name, spec)


def _replicas(
    objects: list[KubernetesObject],
    service: Service,
    one: KubernetesObject,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    between = spec.autoscaling.get(service.name)
    came = one["spec"].get("replicas")
    if between is not None:
        targets = [
            each["spec"]["scaleTargetRef"]["name"]
            for each in objects
            if each["kind"] == "HorizontalPodAutoscaler"
        ]
        if came is not None or one["metadata"]["name"] not in targets:
            yield Mismatch(f"autoscaling.{service.name}", kind_and_name(one), "an autoscaler", came)
    elif came != spec.replicas[service.name]:
        where = f"{kind_and_name(one)} spec.replicas"
        yield Mismatch(f"replicas.{service.name}", where, spec.replicas[service.name], came)


def _routes(
    objects: list[KubernetesObject],
    one: KubernetesObject,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    """Each server has to know all of them, or messages reach only some."""
    number = spec.replicas[NATS.name]
    text = "".join(
        str(config)
        for each in objects
        if each["kind"] == "ConfigMap"
        for config in each.get("data", {}).values()
    )
    name = one["metadata"]["name"]
    known = [i for i in range(number) if f"//{name}-{i}.{one['spec']['serviceName']}." in text]
    if number > 1 and len(known) != number:
        where = f"routes in the configuration of {kind_and_name(one)}"
        yield Mismatch("replicas.nats", where, number, len(known))


def _secrets(
    service: Service,
    held: KubernetesObject,
    name: str,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    wanted = {"MONGO_URL": ("mongodb_secret", spec.mongodb_secret, MONGODB_KEY)}
    if service is ROCKETCHAT and spec.smtp is not None:
        wanted["MAIL_URL"] = ("smtp", spec.mail_secret, MAIL_KEY)
    for key, (asked, secret, part) in wanted.items():
        came = (find_env(held, key) or {}).get("valueFrom", {}).get("secretKeyRef", {})
        if (came.get("name"), came.get("key")) != (secret, part):
            yield Mismatch(
                asked, f"{name} env {key}", f"Secret {secret}, key {part}", came or "none"
            )
    environment = spec.environment_secret
    if service is ROCKETCHAT and environment is not None:
        sources = [each.get("secretRef", {}).get("name") for each in held.get("envFrom", [])]
        if environment not in sources:
            yield Mismatch("license", f"{name} envFrom", f"Secret {environment}", sources or "none")


def _service_port(
    objects: list[KubernetesObject],
    service: Service,
    held: KubernetesObject,
    name: str,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    """The Kubernetes Service has to lead clients to the port that the container listens on."""
    if service not in (ROCKETCHAT, DDP_STREAMER, NATS):
        return  # nobody connects to it; the bus brings its work
    leading = find_services(objects, service, spec.release)
    names = [each["metadata"]["name"] for each in leading]
    if service is NATS and nats_host(spec.release) not in names:
        yield Mismatch("values", f"Service of {name}", nats_host(spec.release), names or "none")
    number = spec.args["service"]["port"] if service is ROCKETCHAT else service.port
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
        yield Mismatch(asked, where, f"leading to {service.port}", came or "no Service")


def _ingress(objects: list[KubernetesObject], spec: WorkspaceSpec) -> Iterator[Mismatch]:
    ingresses = [one for one in objects if one["kind"] == "Ingress"]
    if not spec.has_ingress:
        for one in ingresses:
            yield Mismatch("ingress.enabled", kind_and_name(one), "none", "one")
        return
    hosts = [rule.get("host") for one in ingresses for rule in one["spec"].get("rules", [])]
    if hosts != [spec.host]:
        yield Mismatch("host", "Ingress rules", spec.host, hosts or "none")
    wanted: dict[Service, tuple[str, ...]] = {ROCKETCHAT: ("/",)}
    if spec.microservices:
        wanted[DDP_STREAMER] = STREAM_PATHS
    for service, paths in wanted.items():
        names = {each["metadata"]["name"] for each in find_services(objects, service, spec.release)}
        led: set[Any] = set().union(*(paths_to(one, names) for one in ingresses))
        for path in paths:
            if path not in led:
                where = f"Ingress path {path}"
                yield Mismatch(
                    "ingress", where, f"leading to {service.kebab_name}", sorted(led) or "none"
                )
    tls_secret = spec.args["ingress"].get("tls_secret")
    if tls_secret is not None:
        secrets = [tls.get("secretName") for one in ingresses for tls in one["spec"].get("tls", [])]
        if tls_secret not in secrets:
            yield Mismatch("ingress.tls_secret", "Ingress tls", tls_secret, secrets)
