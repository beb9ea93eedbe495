"""Rendered objects against the spec: everything that didn't come out as the inputs ask.

This is what makes another chart version safe to try. A value that the chart has renamed or dropped
shows up as a mismatch, before anything is registered.
"""

from collections.abc import Iterator

import pulumi

from components.chart.package import Chart
from components.chart_versions import CHART_DIGESTS
from components.inputs.spec import WorkspaceSpec
from components.kube.images import ImageReference
from components.kube.objects import (
    KubernetesObject,
    containers,
    find_container,
    find_env,
    kind_and_name,
    nested_list,
    nested_map,
)
from components.kube.schema import schema_errors
from components.manifests.backends import backend_env
from components.manifests.disruption_budgets import LIMITS, blocks_drains, is_budget_of
from components.manifests.endpoints import hosts_of, paths_to, public_url
from components.manifests.mismatch import Mismatch
from components.manifests.nats_authentication import asks_for_password
from components.manifests.pod_overrides import unknown_workloads
from components.manifests.routes import CLIENT_PATHS
from components.manifests.transporter import nats_host
from components.manifests.verify_monitoring import check_monitoring
from components.manifests.verify_variables import check_shared_variables, check_variables
from components.manifests.workloads import find_services, find_workload
from components.services import NATS, ROCKETCHAT, SERVICES, Service

METRICS_PORTS = {
    "metrics": "values.prometheusScraping.port",
    "moleculer-metrics": "values.prometheusScraping.msPort",
    "ms-metrics": "values.prometheusScraping.msPort",
}
"""The Helm values that decide on ports, by the names that the chart gives those."""


def verify(objects: list[KubernetesObject], spec: WorkspaceSpec, chart: Chart) -> None:
    """Checks the patched objects against the spec.

    Raises:
        pulumi.RunError: For any mismatch; the message lists all of them.
    """
    unknown = unknown_workloads(spec.pod_template_overrides, objects, spec.key_format)
    if unknown:
        raise pulumi.RunError(unknown)
    found = mismatches(objects, spec, chart)
    if not found:
        return
    lines = "".join(
        f"\n  - {spec.format_key(mismatch.input)}: {mismatch.location}:"
        f" asked for {mismatch.expected}, rendered {mismatch.actual}"
        for mismatch in found
    )
    advice = (
        "This version of the chart may have other names for its values."
        f" Use one of {', '.join(CHART_DIGESTS)}."
    )
    if spec.values:
        advice = (
            f"{spec.key_format('values')}: may override an input. Remove the keys that affect the"
            f" above. {advice}"
        )
    raise pulumi.RunError(
        f"Chart {chart.version} doesn't render what was asked for; nothing was changed:{lines}"
        f"\n{advice}",
    )


def verify_schema(objects: list[KubernetesObject], spec: WorkspaceSpec) -> None:
    """Checks that Kubernetes accepts the objects that the operator's own Helm values lead to.

    The other inputs are validated before rendering, so without `values` nothing is checked.

    Raises:
        pulumi.RunError: For any error; the message lists all of them.
    """
    if not spec.values:
        return
    lines = [
        f"\n  - {kind_and_name(obj)}: {error}"
        for obj in objects
        for error in schema_errors(obj, obj["kind"], obj["apiVersion"])
    ]
    if lines:
        raise pulumi.RunError(
            f"{spec.key_format('values')}: the chart renders objects from them that Kubernetes"
            f" doesn't accept; nothing was changed:{''.join(lines)}\nCorrect or remove the keys"
            " that lead to these.",
        )


def mismatches(
    objects: list[KubernetesObject], spec: WorkspaceSpec, chart: Chart
) -> list[Mismatch]:
    """Returns every difference between the patched objects and the spec."""
    found: list[Mismatch] = []
    for service in SERVICES:
        workload = find_workload(objects, service, spec.release)
        if service in spec.services and workload is not None:
            found += _check_workload(objects, service, workload, spec, chart)
        elif service in spec.services:
            location = f"{service.kind} for {service.kebab_name}"
            found.append(Mismatch(f"replicas.{service.name}", location, "one", "none"))
        elif workload is not None:
            found.append(Mismatch(_switch(service, spec), kind_and_name(workload), "none", "one"))
    found += check_shared_variables(objects, spec)
    found += _check_public_address(objects, spec)
    found += _check_port_clashes(objects)
    found += check_monitoring(objects, spec)
    return found


def _switch(service: Service, spec: WorkspaceSpec) -> str:
    """The input by which a workspace does without a service."""
    if service.omnichannel and spec.microservices:
        return "omnichannel_services"
    return "mode" if service.dedicated else "nats"


def _check_workload(
    objects: list[KubernetesObject],
    service: Service,
    workload: KubernetesObject,
    spec: WorkspaceSpec,
    chart: Chart,
) -> Iterator[Mismatch]:
    name = kind_and_name(workload)
    yield from _check_replicas(objects, service, workload, spec)
    yield from _check_budgets(objects, service, workload, spec)
    container = find_container(workload, service.container)
    if container is None:
        missing = "no container of that name"
        yield Mismatch("chart.version", f"{name} containers", service.container, missing)
        return
    for variables in backend_env(spec, service):
        for expected in variables.entries:
            actual = find_env(container, expected["name"])
            if actual != expected:
                location = f"{name} env {expected['name']}"
                yield Mismatch(variables.input, location, expected, actual or "none")
    yield from check_variables(service, container, name, spec)
    if service is NATS:
        yield from _check_nats_routes(objects, workload, spec)
        if spec.bus.password is not None and not asks_for_password(objects, workload):
            location = f"configuration of {name}"
            yield Mismatch("nats.authentication", location, "a password", "none")
    else:
        yield from _check_image(service, container, name, spec, chart)
        yield from _check_environment_secret(service, container, name, spec)
    yield from _check_port(objects, service, container, name, spec)


def _check_replicas(
    objects: list[KubernetesObject],
    service: Service,
    workload: KubernetesObject,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    actual = workload["spec"].get("replicas")
    location = kind_and_name(workload)
    if spec.paused:
        if actual != 0:
            yield Mismatch("pause", f"{location} spec.replicas", 0, actual)
    elif service.name in spec.autoscaling and location not in {
        f"{target['kind']}/{target['name']}"
        for obj in objects
        if obj["kind"] == "HorizontalPodAutoscaler"
        for target in [obj["spec"]["scaleTargetRef"]]
    }:
        path = f"services.{service.name}.autoscaling"
        yield Mismatch(path, location, "an autoscaler", actual)
    elif actual != spec.replicas[service.name]:
        path = f"replicas.{service.name}"
        yield Mismatch(path, f"{location} spec.replicas", spec.replicas[service.name], actual)


def _check_budgets(
    objects: list[KubernetesObject],
    service: Service,
    workload: KubernetesObject,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    """A budget that allows no disruption blocks the drain of a node for ever."""
    replicas = spec.replicas[service.name]
    for obj in objects:
        if is_budget_of(obj, workload) and blocks_drains(obj, replicas):
            expected = f"a budget that lets one of {replicas} go"
            actual = {key: obj["spec"][key] for key in LIMITS if key in obj["spec"]}
            yield Mismatch("values", kind_and_name(obj), expected, actual)


def _check_nats_routes(
    objects: list[KubernetesObject],
    nats: KubernetesObject,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    """Every server needs a route to every other, or messages reach only some of the services."""
    expected = spec.replicas[NATS.name]
    configuration = "".join(
        str(text)
        for obj in objects
        if obj["kind"] == "ConfigMap"
        for text in nested_map(obj, "data").values()
    )
    name, domain = nats["metadata"]["name"], nats["spec"]["serviceName"]
    actual = sum(f"//{name}-{i}.{domain}." in configuration for i in range(expected))
    if expected > 1 and actual != expected:
        location = f"routes in the configuration of {kind_and_name(nats)}"
        yield Mismatch("replicas.nats", location, expected, actual)


def _check_image(
    service: Service,
    container: KubernetesObject,
    name: str,
    spec: WorkspaceSpec,
    chart: Chart,
) -> Iterator[Mismatch]:
    image = ImageReference.parse(container["image"])
    tag = spec.image_tag or chart.app_version
    digest = spec.image_digest if service is ROCKETCHAT else None
    # An image by digest alone is pinned, and needs no tag.
    same_tag = image.tag == tag or (image.digest and not image.tag)
    if not same_tag or digest not in (None, image.digest):
        expected = f"{tag}@{digest}" if digest else tag
        yield Mismatch("image.tag", f"{name} image", expected, str(image))


def _check_environment_secret(
    service: Service,
    container: KubernetesObject,
    name: str,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    environment_secret = spec.environment_secret
    if service is ROCKETCHAT and environment_secret is not None:
        sources = [
            nested_map(source, "secretRef").get("name")
            for source in nested_list(container, "envFrom")
        ]
        if environment_secret not in sources:
            location = f"{name} envFrom"
            yield Mismatch("license", location, f"Secret {environment_secret}", sources or "none")


def _check_port(
    objects: list[KubernetesObject],
    service: Service,
    container: KubernetesObject,
    name: str,
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    """The Kubernetes Service has to lead clients to the port that the container listens on."""
    if service not in (ROCKETCHAT, NATS) and service.public_path is None:
        return  # It has no clients: its work arrives by NATS.
    services = find_services(objects, service, spec.release)
    names = [obj["metadata"]["name"] for obj in services]
    if service is NATS and nats_host(spec.release) not in names:
        yield Mismatch("values", f"Service of {name}", nats_host(spec.release), names or "none")
    input_name, number = f"replicas.{service.name}", service.port
    if service is ROCKETCHAT:
        input_name, number = "service.port", spec.args["service"]["port"]
    container_ports = {
        port.get("name"): port["containerPort"] for port in nested_list(container, "ports")
    }
    target_ports = {
        port["port"]: port.get("targetPort", port["port"])
        for obj in services
        for port in obj["spec"]["ports"]
    }
    target = target_ports.get(number)
    if container_ports.get(target, target) != service.port:
        location = f"Service of {name}, port {number}"
        expected = f"leading to {service.port}"
        yield Mismatch(input_name, location, expected, target_ports or "no Service")


def _check_port_clashes(objects: list[KubernetesObject]) -> Iterator[Mismatch]:
    """Kubernetes refuses a Service with a port twice, and of two listeners in a pod one ends."""
    for obj in objects:
        if obj["kind"] == "Service":
            ports = [(port["port"], port) for port in nested_list(obj, "spec", "ports")]
        else:
            ports = [
                (port["containerPort"], port)
                for container in containers(obj)
                for port in nested_list(container, "ports")
            ]
        names: dict[tuple[int, str], list[str]] = {}
        for number, port in ports:
            listener = (number, port.get("protocol", "TCP"))
            names.setdefault(listener, []).append(str(port.get("name", "")))
        for (number, _), clashing in names.items():
            if len(clashing) > 1 and len(set(clashing)) > 1:
                location = f"{kind_and_name(obj)} ports {' and '.join(clashing)}"
                key = next((METRICS_PORTS[name] for name in clashing if name in METRICS_PORTS), "")
                yield Mismatch(
                    key or "service.port", location, "different numbers", f"{number} for each"
                )


def _check_public_address(
    objects: list[KubernetesObject], spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    url = public_url(objects, spec.release)
    if url != spec.root_url:
        yield Mismatch("root_url", "env ROOT_URL", spec.root_url, url or "none")
    ingresses = [obj for obj in objects if obj["kind"] == "Ingress"]
    if not spec.has_ingress:
        for ingress in ingresses:
            yield Mismatch("ingress.enabled", kind_and_name(ingress), "none", "one")
    else:
        yield from _check_hosts("host", "Ingress rules", hosts_of(ingresses), spec)
        yield from _check_paths("ingress", objects, ingresses, spec)
        yield from _check_certificates(ingresses, spec)
    http_routes = [obj for obj in objects if obj["kind"] == "HTTPRoute"]
    if spec.gateway is not None:
        yield from _check_hosts("gateway", "HTTPRoute hostnames", hosts_of(http_routes), spec)
        yield from _check_paths("gateway", objects, http_routes, spec)


def _check_hosts(
    input_name: str, location: str, hosts: list[str], spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    if hosts != spec.hosts:
        expected, actual = ", ".join(spec.hosts), ", ".join(hosts)
        yield Mismatch(input_name, location, expected, actual or "none")


def _check_paths(
    input_name: str,
    objects: list[KubernetesObject],
    edges: list[KubernetesObject],
    spec: WorkspaceSpec,
) -> Iterator[Mismatch]:
    for service, expected in CLIENT_PATHS.items():
        if service not in spec.services:
            continue
        services = find_services(objects, service, spec.release)
        names = {obj["metadata"]["name"] for obj in services}
        paths = {path for edge in edges for path in paths_to(edge, names)}
        for path in expected:
            if path not in paths:
                target = f"leading to {service.kebab_name}"
                kind = "Ingress" if input_name == "ingress" else "HTTPRoute"
                yield Mismatch(input_name, f"{kind} path {path}", target, sorted(paths) or "none")


def _check_certificates(
    ingresses: list[KubernetesObject], spec: WorkspaceSpec
) -> Iterator[Mismatch]:
    entries = [tls for ingress in ingresses for tls in nested_list(ingress, "spec", "tls")]
    secrets = [tls.get("secretName") for tls in entries]
    wanted = {"ingress.tls_secret": spec.args["ingress"].get("tls_secret")}
    for i, extra in enumerate(spec.args.get("extra_hosts", [])):
        wanted[f"extra_hosts.{i}.tls_secret"] = extra.get("tls_secret")
    for path, secret in wanted.items():
        if secret is not None and secret not in secrets:
            yield Mismatch(path, "Ingress tls", secret, secrets)
