"""The component: runs the line from inputs to objects, and registers what comes out."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.chart.known_values import known_keys, template_fields, unknown_keys
from components.chart.package import Chart, load_chart
from components.chart.render import render
from components.chart.values import helm_values
from components.chart_versions import CHART_DIGESTS
from components.deploy import resources
from components.deploy.provider_annotations import annotate, provider_annotations
from components.deploy.secrets import digest_of, secrets_of
from components.deploy.transforms import add_secret_checksums, pod_overrides_transform
from components.deploy.upgrade_rules import Versions
from components.deploy.upgrades import check_upgrade
from components.inputs.args import RocketChatArgs
from components.inputs.errors import ValidationErrors
from components.inputs.spec import WorkspaceSpec, resolve
from components.kube.objects import KubernetesObject
from components.manifests.endpoints import Endpoint, endpoints, public_url
from components.manifests.patches import apply_patches
from components.manifests.pod_overrides import override_warnings, unknown_workloads
from components.manifests.pod_security import ENFORCE_RESTRICTED
from components.manifests.verify import verify, verify_schema


class RocketChat(pulumi.ComponentResource):
    """A Rocket.Chat workspace on Kubernetes, rendered from the official Helm chart.

    What was asked for is what runs, or the preview says why not: every problem in the inputs, and
    every difference between them and what the chart rendered, is told as one `pulumi.RunError`
    before anything is registered. `spell` is how such messages write the inputs' names; `running`
    is what runs now, so that an upgrade that needs care is told.
    """

    url: pulumi.Output[str]
    """Where people open the workspace."""
    endpoints: pulumi.Output[Mapping[str, Endpoint]]
    """Where the instances of each service answer, by the service's config name."""
    instances: pulumi.Output[Mapping[str, int]]
    """How many instances of each service were asked for, by the service's config name."""
    namespace: pulumi.Output[str]
    """Where it runs."""
    chart_version: pulumi.Output[str]
    """The version of the chart that was rendered."""
    chart_digest: pulumi.Output[str]
    """The SHA-256 that the chart's package was held to; empty where nothing pins it."""
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
        spec = resolve(args, errors)
        chart = load_chart(spec.chart, Path.cwd())
        wanted = Versions(chart.version, spec.image_tag or chart.app_version)
        vain = check_upgrade(spec, running, wanted, chart.app_version)
        super().__init__("rocketchat:index:RocketChat", name, None, opts)
        for warning in (
            *spec.warnings,
            *vain,
            *_untried(spec, chart),
            *_unknown(spec, chart),
        ):
            pulumi.log.warn(warning, self)

        rendered = render(
            chart.path,
            release=spec.release,
            namespace=spec.namespace,
            values=helm_values(spec),
            options=pulumi.InvokeOptions(parent=self),
            key=spec.key_format("values" if spec.values else "chart"),
        )
        verify_schema(rendered, spec)
        objects = apply_patches(rendered, spec, chart.app_version)
        verify(objects, spec, chart)
        stranger = unknown_workloads(spec.pod_template_overrides, objects, spec.key_format)
        if stranger:
            raise pulumi.RunError(stranger)
        for warning in override_warnings(spec.pod_template_overrides, objects, spec.key_format):
            pulumi.log.warn(warning, self)
        self._register(name, spec, objects)

        found = endpoints(objects, spec.services, spec.release, spec.namespace)
        self.url = pulumi.Output.from_input(public_url(objects, spec.release))
        self.endpoints = pulumi.Output.from_input(found)
        self.instances = pulumi.Output.from_input(
            {service: endpoint["instances"] for service, endpoint in found.items()},
        )
        self.namespace = pulumi.Output.from_input(spec.namespace)
        self.chart_version = pulumi.Output.from_input(chart.version)
        self.chart_digest = pulumi.Output.from_input(spec.chart.digest or "")
        self.app_version = pulumi.Output.from_input(wanted.app)
        self.register_outputs(
            {
                "url": self.url,
                "endpoints": self.endpoints,
                "instances": self.instances,
                "namespace": self.namespace,
                "chartVersion": self.chart_version,
                "chartDigest": self.chart_digest,
                "appVersion": self.app_version,
            },
        )

    def _register(self, name: str, spec: WorkspaceSpec, objects: list[KubernetesObject]) -> None:
        """Registers the namespace, the Secrets and the objects, each as a child of this."""
        first: list[pulumi.Resource] = []
        told = provider_annotations(pulumi.get_stack(), spec.args["timeout_seconds"])
        if spec.args["create_namespace"]:
            first.append(
                resources.namespace(
                    f"{name}-namespace",
                    {
                        "name": spec.namespace,
                        "labels": ENFORCE_RESTRICTED if spec.resilience.pod_security else {},
                        "annotations": told,
                    },
                    pulumi.ResourceOptions(parent=self),
                ),
            )
        secrets = secrets_of(spec)
        made = [
            resources.secret(
                f"{name}-{secret.name}",
                {"name": secret.name, "namespace": spec.namespace, "annotations": told},
                secret.data,
                pulumi.ResourceOptions(parent=self, depends_on=first),
            )
            for secret in secrets
        ]
        digests = {secret.name: digest_of(secret, spec.namespace) for secret in secrets}
        resources.config_group(
            f"{name}-objects",
            [annotate(one, told) for one in add_secret_checksums(objects, digests)],
            name,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[*first, *made],
                transforms=[pod_overrides_transform(spec.pod_template_overrides)]
                if spec.pod_template_overrides
                else None,
            ),
        )


def _untried(spec: WorkspaceSpec, chart: Chart) -> list[str]:
    """A warning about a version of the chart that the contract was never tried with."""
    if chart.version in CHART_DIGESTS:
        return []
    said = (
        f"{spec.key_format('chart')}: {chart.version} is none of the versions that this was tried with"
        f" ({', '.join(CHART_DIGESTS)}). What it renders is held against what was asked for all the same."
    )
    return [said]


def _unknown(spec: WorkspaceSpec, chart: Chart) -> list[str]:
    """Warnings about Helm values that the chart doesn't have."""
    if not spec.values:
        return []
    return list(unknown_keys(spec.values, known_keys(chart.path), template_fields(chart.path)))
