"""Applies every patch: what the chart's values can't express, or the chart gets wrong."""

from semver import Version

from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, containers, find_container, workloads
from components.kube.versions import parse_version
from components.manifests.added_services import add_services
from components.manifests.autoscaling import add_autoscalers
from components.manifests.await_annotations import skip_await, wait_for_rollout
from components.manifests.backends import set_backends
from components.manifests.disruption_budgets import add_disruption_budgets
from components.manifests.environment import (
    add_environment_secret,
    enable_retries,
    make_oplog_optional,
    set_root_url,
)
from components.manifests.http_route import add_http_route
from components.manifests.images import pin_image, set_registry
from components.manifests.monitoring import add_monitoring
from components.manifests.nats_authentication import ask_for_password
from components.manifests.network_policy import add_nats_network_policy
from components.manifests.pause import stop_workloads
from components.manifests.pod_metadata import add_pull_secrets, set_pod_metadata
from components.manifests.pod_security import drop_users, enforce_restricted
from components.manifests.probes import adjust_probes, set_probes
from components.manifests.public_hosts import add_extra_hosts
from components.manifests.rollouts import add_pre_stop_drain, can_surge, surge_before_terminate
from components.manifests.scheduling import apply_scheduling
from components.manifests.start_order import start_nats_first
from components.manifests.topology_spread import add_topology_spread
from components.manifests.trusted_certificates import trust_certificates
from components.manifests.variables import keep_last_entries, set_variables
from components.manifests.workloads import helpers, service_workloads
from components.services import NATS, ROCKETCHAT, Service


def apply_patches(
    objects: list[KubernetesObject], spec: WorkspaceSpec, chart_app_version: str
) -> list[KubernetesObject]:
    """Patches the rendered objects in place, and returns them with those that were added.

    Services that the chart lacks are added first, and patched as the others are.

    Args:
        objects: What the chart rendered.
        spec: Its switches in `resilience` decide about most patches.
        chart_app_version: The Rocket.Chat that runs where the spec names no image tag.
    """
    version = parse_version(spec.image_tag or chart_app_version)
    objects = add_services(objects, spec)
    if spec.bus.password is not None:
        ask_for_password(objects, spec)
    for obj in objects:
        if obj["kind"] == "Ingress":
            add_extra_hosts(obj, spec)
        skip_await(obj)
        wait_for_rollout(obj, paused=spec.paused)
    for workload in workloads(objects):
        _patch_workload(workload, spec)
    services = service_workloads(objects, spec.release)
    for workload in helpers(objects, services):
        apply_scheduling(workload, spec.scheduling)
    for service, workload in services:
        apply_scheduling(workload, spec.scheduling_of(service))
        _patch_service(service, workload, spec, version)
    if spec.resilience["disruption_budgets"]:
        objects = add_disruption_budgets(objects, spec)
    if spec.paused:
        # An autoscaler would have nothing to scale, and the number is then the workload's own.
        stop_workloads(objects)
    else:
        objects = add_autoscalers(objects, spec)
    start_nats_first(objects, spec)
    objects = add_http_route(objects, spec)
    objects = add_monitoring(objects, spec)
    if spec.resilience["network_policy"]:
        objects = add_nats_network_policy(objects, spec)
    return objects


def _patch_workload(workload: KubernetesObject, spec: WorkspaceSpec) -> None:
    """Patches for every workload, whether it is a service or a helper of NATS."""
    if spec.image_registry is not None:
        set_registry(workload, spec.image_registry)
    if "image_pull_secrets" in spec.args:
        add_pull_secrets(workload, spec.args["image_pull_secrets"])
    if spec.resilience["rolling_updates"] and can_surge(workload, spec):
        surge_before_terminate(workload)
    assigned_users = spec.args["cluster_assigns_users"]
    if assigned_users:
        drop_users(workload)
    if spec.resilience["pod_security"]:
        enforce_restricted(workload, assigned_users=assigned_users)
    for container in containers(workload):
        keep_last_entries(container)
        if spec.resilience["retries"]:
            enable_retries(container)
        make_oplog_optional(container)


def _patch_service(
    service: Service, workload: KubernetesObject, spec: WorkspaceSpec, version: Version | None
) -> None:
    """Patches for the workload of a service."""
    if spec.resilience["topology_spread"]:
        add_topology_spread(workload)
    settings = spec.settings_of(service)
    set_pod_metadata(workload, settings)
    container = find_container(workload, service.container)
    if container is None:
        return
    set_backends(container, spec, service)
    if service is not NATS:
        trust_certificates(workload, container, spec)
    set_variables(container, spec, service)
    if service is ROCKETCHAT:
        set_root_url(container, spec.root_url)
    if spec.environment_secret is not None and service is ROCKETCHAT:
        add_environment_secret(container, spec.environment_secret)
    if spec.image_digest is not None and service is ROCKETCHAT:
        pin_image(container, spec.image_digest)
    if spec.resilience["probes"]:
        set_probes(container, service, version)
    adjust_probes(container, settings.get("probes", {}))
    if spec.resilience["graceful_shutdown"] and service.public_path is not None:
        add_pre_stop_drain(workload, container)
