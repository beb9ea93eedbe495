"""The component: runs the line from inputs to objects, and registers what comes out."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.chart.package import DIGESTS, Chart, obtain
from components.chart.render import render
from components.chart.values import helm_values
from components.deploy import resources, upgrades
from components.deploy.provider_annotations import instructed, instructions
from components.deploy.secrets import digest_of, secrets_of
from components.inputs.args import RocketChatArgs
from components.inputs.errors import Problems, Spell, as_is
from components.inputs.ownership import unknown_keys
from components.inputs.spec import MOUNTED_ONCE, Intent, resolve
from components.kube.versions import version_of
from components.manifests import pod_overrides, verify
from components.manifests.autoscaling import autoscale
from components.manifests.endpoints import Endpoint, endpoints, public_url
from components.manifests.images import mirror
from components.manifests.objects import KubernetesObject, pod_templates, secrets_read
from components.manifests.patches import Facts, mend
from components.manifests.pod_security import ENFORCE_RESTRICTED, nats_policy, restrict
from components.manifests.scheduling import schedule


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
        spell: Spell = as_is,
        running: upgrades.Versions | None = None,
    ) -> None:
        intent = resolve(args, Problems(spell))
        chart = obtain(intent.chart, Path.cwd())
        wanted = upgrades.Versions(chart.version, intent.image_tag or chart.app_version)
        vain = upgrades.check(intent, running, wanted, chart.app_version)
        super().__init__("rocketchat:index:RocketChat", name, None, opts)
        for warning in (
            *intent.warnings,
            *vain,
            *_untried(intent, chart),
            *_unknown(intent, chart),
        ):
            pulumi.log.warn(warning, self)

        rendered = render(
            chart.path,
            release=intent.release,
            namespace=intent.namespace,
            values=helm_values(intent),
            options=pulumi.InvokeOptions(parent=self),
            key=intent.spell("values" if intent.values else "chart"),
        )
        verify.check_kinds(rendered, intent)
        objects = shape(rendered, intent, chart)
        verify.check(objects, intent, chart)
        stranger = pod_overrides.missing(intent.kept_pods, objects, intent.spell)
        if stranger:
            raise pulumi.RunError(stranger)
        for warning in pod_overrides.warnings(intent.kept_pods, objects, intent.spell):
            pulumi.log.warn(warning, self)
        self._register(name, intent, objects)

        found = endpoints(objects, intent.services, intent.release, intent.namespace)
        self.url = pulumi.Output.from_input(public_url(objects, intent.release))
        self.endpoints = pulumi.Output.from_input(found)
        self.instances = pulumi.Output.from_input(
            {service: endpoint["instances"] for service, endpoint in found.items()},
        )
        self.namespace = pulumi.Output.from_input(intent.namespace)
        self.chart_version = pulumi.Output.from_input(chart.version)
        self.chart_digest = pulumi.Output.from_input(intent.chart.digest or "")
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

    def _register(self, name: str, intent: Intent, objects: list[KubernetesObject]) -> None:
        """Registers the namespace, the Secrets and the objects, each as a child of this."""
        first: list[pulumi.Resource] = []
        told = instructions(pulumi.get_stack(), intent.timeout_seconds)
        if intent.create_namespace:
            first.append(
                resources.namespace(
                    f"{name}-namespace",
                    {
                        "name": intent.namespace,
                        "labels": ENFORCE_RESTRICTED if intent.resilience.pod_security else {},
                        "annotations": told,
                    },
                    pulumi.ResourceOptions(parent=self),
                ),
            )
        secrets = secrets_of(intent)
        made = [
            resources.secret(
                f"{name}-{secret.name}",
                {"name": secret.name, "namespace": intent.namespace, "annotations": told},
                secret.data,
                pulumi.ResourceOptions(parent=self, depends_on=first),
            )
            for secret in secrets
        ]
        digests = {secret.name: digest_of(secret, intent.namespace) for secret in secrets}
        resources.config_group(
            f"{name}-objects",
            [instructed(one, told) for one in annotated(objects, digests)],
            name,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[*first, *made],
                transforms=[pod_overrides.keeping(intent.kept_pods)] if intent.kept_pods else None,
            ),
        )


def shape(
    objects: list[KubernetesObject],
    intent: Intent,
    chart: Chart,
) -> list[KubernetesObject]:
    """What the chart rendered, with all that its values can't say and all that it lacks."""
    intent.bus.connect(objects, intent.services, intent.release)
    if intent.image_registry:
        mirror(objects, intent.image_registry)
    schedule(objects, intent.scheduling)
    uploads = intent.uploads
    facts = Facts(
        intent.release,
        version_of(intent.image_tag or chart.app_version),
        intent.several,
        mounted_once=uploads is not None and uploads.access_mode == MOUNTED_ONCE,
    )
    objects = mend(objects, intent.resilience, facts)
    objects = autoscale(objects, intent.autoscaling, intent.release)
    if intent.resilience.pod_security:
        restrict(objects)
    if intent.resilience.network_policy:
        objects += nats_policy(
            objects,
            release=intent.release,
            namespace=intent.namespace,
            monitoring=intent.monitoring_namespace,
        )
    return objects


def annotated(
    objects: list[KubernetesObject],
    digests: Mapping[str, pulumi.Output[str]],
) -> list[KubernetesObject]:
    """`objects` with, on the pods of each workload, the digests of the Secrets that they read."""
    for one in pod_templates(objects):
        read = {f"checksum/{name}": digests[name] for name in secrets_read(one) & set(digests)}
        if read:
            metadata = one["spec"]["template"].setdefault("metadata", {})
            metadata["annotations"] = {**metadata.get("annotations", {}), **read}
    return objects


def _untried(intent: Intent, chart: Chart) -> list[str]:
    """A warning about a version of the chart that the contract was never tried with."""
    if chart.version in DIGESTS:
        return []
    said = (
        f"{intent.spell('chart')}: {chart.version} is none of the versions that this was tried with"
        f" ({', '.join(DIGESTS)}). What it renders is held against what was asked for all the same."
    )
    return [said]


def _unknown(intent: Intent, chart: Chart) -> list[str]:
    """Warnings about Helm values that the chart doesn't have."""
    if not intent.values:
        return []
    return list(unknown_keys(intent.values, chart.known(), chart.fields()))
