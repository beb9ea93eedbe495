"""The component: one straight line from inputs to resources."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.chart.package import Chart, load_chart
from components.chart.render import render
from components.chart.values import helm_values
from components.chart.warnings import chart_warnings
from components.deploy.field_ownership import check_ownership, warn_of_drifts
from components.deploy.live_objects import start_reading
from components.deploy.registration import register
from components.deploy.secret_warnings import read_secrets, secret_warnings
from components.deploy.upgrade_rules import Versions
from components.deploy.upgrades import check_upgrade
from components.inputs.args import RocketChatArgs
from components.inputs.errors import ValidationErrors
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, workloads
from components.manifests.disruption_budgets import budget_warnings
from components.manifests.endpoints import Endpoint, endpoints, public_url
from components.manifests.gateway_admission import gateway_error, gateway_warnings
from components.manifests.patches import apply_patches
from components.manifests.pod_overrides import override_warnings
from components.manifests.pod_security import drop_group_of_containers
from components.manifests.routes import routes
from components.manifests.served_apis import drop_unserved, needed_groups
from components.manifests.verify import verify, verify_schema


class RocketChat(pulumi.ComponentResource):
    """A Rocket.Chat workspace on Kubernetes, rendered from the official Helm chart.

    What you asked for is what runs, or the preview says why not: errors in the inputs, and
    differences between them and what the chart rendered, end the program before anything is
    registered.
    """

    url: pulumi.Output[str]
    """Where people open the workspace."""
    endpoints: pulumi.Output[Mapping[str, Endpoint]]
    """Where the instances of each service answer, by the service's config name."""
    routes: pulumi.Output[Mapping[str, str]]
    """Where whatever is at the edge leads each path: the Kubernetes Service and its port."""
    instances: pulumi.Output[Mapping[str, int]]
    """How many instances of each service were asked for, by the service's config name."""
    namespace: pulumi.Output[str]
    """The namespace it runs in."""
    chart_version: pulumi.Output[str]
    """The version of the chart that was rendered."""
    chart_digest: pulumi.Output[str]
    """The SHA-256 that the chart's package was verified against; empty where nothing pins it."""
    app_version: pulumi.Output[str]
    """The version of Rocket.Chat that runs."""

    def __init__(
        self,
        name: str,
        args: RocketChatArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        errors: ValidationErrors | None = None,
        running: Versions | None = None,
    ) -> None:
        """Renders, verifies and registers the workspace.

        Args:
            name: The component's name.
            args: The inputs.
            opts: Options of the component.
            errors: Errors found in the inputs before; decides how messages write their names.
            running: The versions that run now, by which upgrades that need care are refused.

        Raises:
            pulumi.RunError: Every error at once, with what to do about each.
        """
        spec = resolve(args, errors)
        chart = load_chart(spec.chart, Path.cwd())
        wanted = Versions(chart.version, spec.image_tag or chart.app_version)
        warnings = check_upgrade(spec, running, wanted, chart.app_version)
        super().__init__("rocketchat:index:RocketChat", name, None, opts)
        live_objects = start_reading(
            spec.namespace, self, read_secrets(spec), spec.gateway, needed_groups(spec)
        )
        objects = render_workspace(spec, chart, self)
        live = live_objects()
        if live.gateway is not None and (error := gateway_error(spec, live.gateway)):
            raise pulumi.RunError(error)
        objects, unserved = drop_unserved(objects, spec, live.served)
        ownership = check_ownership(spec, objects, live)
        for warning in (
            *spec.warnings,
            *secret_warnings(spec, live.secrets),
            *warnings,
            *(gateway_warnings(spec, live.gateway) if live.gateway is not None else ()),
            *unserved,
            *ownership.warnings,
            *chart_warnings(
                spec, chart, lambda values: _render(spec.with_values(values), chart, self)
            ),
            *budget_warnings(spec),
            *override_warnings(spec.pod_template_overrides, objects, spec.key_format),
        ):
            pulumi.log.warn(warning, self)
        registered = register(self, name, spec, objects, ownership.autoscaled)
        warn_of_drifts(self, ownership, registered)

        found = endpoints(objects, spec.services, spec.release, spec.namespace)
        instances = {service: endpoint["instances"] for service, endpoint in found.items()}
        self.url = pulumi.Output.from_input(public_url(objects, spec.release))
        self.endpoints = pulumi.Output.from_input(found)
        self.routes = pulumi.Output.from_input(
            {
                path: f"{route.service}:{route.port}"
                for route in routes(objects, spec)
                for path in route.paths
            }
        )
        self.instances = pulumi.Output.from_input(instances)
        self.namespace = pulumi.Output.from_input(spec.namespace)
        self.chart_version = pulumi.Output.from_input(chart.version)
        self.chart_digest = pulumi.Output.from_input(spec.chart.digest or "")
        self.app_version = pulumi.Output.from_input(wanted.app)
        self.register_outputs(
            {
                "url": self.url,
                "endpoints": self.endpoints,
                "routes": self.routes,
                "instances": self.instances,
                "namespace": self.namespace,
                "chartVersion": self.chart_version,
                "chartDigest": self.chart_digest,
                "appVersion": self.app_version,
            },
        )


def render_workspace(
    spec: WorkspaceSpec, chart: Chart, parent: pulumi.Resource | None = None
) -> list[KubernetesObject]:
    """Returns the workspace's objects: rendered, patched and verified against the spec."""
    return complete_workspace(_render(spec, chart, parent), spec, chart)


def _render(
    spec: WorkspaceSpec, chart: Chart, parent: pulumi.Resource | None
) -> list[KubernetesObject]:
    return render(
        chart.path,
        release=spec.release,
        namespace=spec.namespace,
        values=helm_values(spec),
        options=pulumi.InvokeOptions(parent=parent),
        key=spec.key_format("values" if spec.values else "chart"),
    )


def complete_workspace(
    rendered: list[KubernetesObject], spec: WorkspaceSpec, chart: Chart
) -> list[KubernetesObject]:
    """Returns what the chart rendered as the workspace's objects: patched, and verified."""
    for workload in workloads(rendered):
        drop_group_of_containers(workload)
    verify_schema(rendered, spec)
    objects = apply_patches(rendered, spec, chart.app_version)
    verify(objects, spec, chart)
    return objects
