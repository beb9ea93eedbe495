"""The inputs of the component, as every Pulumi language can give them.

Declarations only; defaults and validators are the rows of `definitions.py`. The component host
reads these annotations, and can't read `Literal`, `Annotated`, `X | Y`, postponed annotations,
dataclasses or classes as inputs. Secrets are `pulumi.Input[str]` and may be Outputs. Everything
else shapes the manifests, has to be known in a preview, and so is plain.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NotRequired, TypedDict

import pulumi

from components.inputs.by_service import ReplicasArgs, ServicesArgs
from components.inputs.service_args import SecretKeyArgs, TolerationArgs


class Mode(Enum):
    """How the workspace is split up."""

    MICROSERVICES = "microservices"
    """The monolith and the dedicated services, with NATS between them."""
    MONOLITH = "monolith"
    """The monolith alone."""


class MonolithFeatures(Enum):
    """Whether the monolith also does the work of the dedicated services."""

    DISABLED = "disabled"
    """The dedicated services have taken over."""
    ENABLED = "enabled"
    """The monolith keeps doing it too, for a step-by-step migration."""


class NatsArgs(TypedDict):
    """The bus between the services: the bundled NATS, or an external one."""

    existing_secret: NotRequired[SecretKeyArgs]
    """The Secret that holds an external NATS's URL: `nats://…`, without `monolith+`."""
    authentication: NotRequired[bool]
    """Whether the bundled NATS asks for a password, which is drawn once and kept in a Secret."""


class SmtpArgs(TypedDict):
    """The mail server for outgoing mail; its password is the input `smtp_password`."""

    host: NotRequired[str]
    """The mail server's host name."""
    port: NotRequired[int]
    """The mail server's port."""
    username: NotRequired[str]
    """The user to log in as."""
    existing_secret: NotRequired[str]
    """An existing Secret that holds the whole URL, in place of the other fields."""
    existing_secret_key: NotRequired[str]
    """The key of the URL in `existing_secret`."""


class IngressArgs(TypedDict):
    """The Ingress that routes `host` to the monolith and to ddp-streamer."""

    enabled: NotRequired[bool]
    """Whether there is an Ingress."""
    class_name: NotRequired[str]
    """The ingress class."""
    annotations: NotRequired[Mapping[str, str]]
    """Annotations for the ingress controller, such as `cert-manager.io/cluster-issuer`."""
    tls_secret: NotRequired[str]
    """The TLS Secret with the certificate of `host`."""


class GatewayArgs(TypedDict):
    """The Gateway that an HTTPRoute of the workspace is attached to."""

    name: str
    """The Gateway's name."""
    namespace: NotRequired[str]
    """The Gateway's namespace; the workspace's where left out."""
    section: NotRequired[str]
    """The listener, by its name; every listener that admits the route where left out."""


class ExtraHostArgs(TypedDict):
    """A further public host name of the workspace."""

    host: str
    """The host name, such as `www.example.com`."""
    tls_secret: NotRequired[str]
    """The TLS Secret with its certificate; that of `ingress.tls_secret` where left out."""


class ServiceArgs(TypedDict):
    """The monolith's Kubernetes Service."""

    type: NotRequired[str]
    """The Service's type."""
    port: NotRequired[int]
    """The Service's port."""


class ImageArgs(TypedDict):
    """The container images."""

    tag: NotRequired[str]
    """Rocket.Chat's version, for all services; a digest after it pins the monolith's image."""
    registry: NotRequired[str]
    """A registry that mirrors every image of the workspace."""


class UploadsArgs(TypedDict):
    """The volume for uploaded files; without one they are lost with the pod."""

    size: NotRequired[str]
    """The size of a claim that the component creates, such as `20Gi`."""
    existing_claim: NotRequired[str]
    """An existing PersistentVolumeClaim, in place of `size` and `storage_class`."""
    access_mode: NotRequired[str]
    """The volume's access mode; with ReadWriteOnce only one monolith can run."""
    storage_class: NotRequired[str]
    """The claim's storage class."""


class TrustedCertificatesArgs(TypedDict):
    """Certificates of a private authority, by a ConfigMap or a Secret in the namespace."""

    config_map: NotRequired[str]
    """The ConfigMap that holds them."""
    secret: NotRequired[str]
    """The Secret that holds them, in place of `config_map`."""
    key: NotRequired[str]
    """The key of the certificates, in PEM."""


class ResilienceArgs(TypedDict):
    """Fixes for what the chart lacks, each with a switch."""

    enabled: NotRequired[bool]
    """False switches all of them off."""
    rolling_updates: NotRequired[bool]
    """No instance is stopped before its successor is ready."""
    probes: NotRequired[bool]
    """Readiness, liveness and startup probes for every service."""
    graceful_shutdown: NotRequired[bool]
    """ddp-streamer drains its connections before it stops."""
    disruption_budgets: NotRequired[bool]
    """A node drain evicts one instance at a time of each service that has several."""
    topology_spread: NotRequired[bool]
    """The instances of a service are spread over zones and nodes."""
    retries: NotRequired[bool]
    """Calls between services are retried, which the chart intends but doesn't achieve."""
    pod_security: NotRequired[bool]
    """Pods meet PodSecurity `restricted`, and a created namespace enforces it."""
    network_policy: NotRequired[bool]
    """Only this workspace's pods reach its NATS, which has no authentication."""


class MonitoringArgs(TypedDict):
    """What Prometheus scrapes and warns of, and what Grafana shows."""

    labels: NotRequired[Mapping[str, str]]
    """Labels by which the site's Prometheus and Grafana find it, such as `release: prometheus`."""


class ChartArgs(TypedDict):
    """The Helm chart that is rendered."""

    version: NotRequired[str]
    """A version of the chart `rocketchat`."""
    path: NotRequired[str]
    """A package or folder on this machine instead, relative to the program's folder."""
    repository: NotRequired[str]
    """The Helm repository to download from: `https://…`, or `oci://…` for a registry."""
    digest: NotRequired[str]
    """The package's SHA-256; required for a version that the program doesn't know."""


class RocketChatArgs(TypedDict):
    """A Rocket.Chat workspace."""

    host: str
    """The public host name of the workspace, such as `chat.example.com`."""
    extra_hosts: NotRequired[list[ExtraHostArgs]]
    """More public host names that lead to the same workspace."""
    root_url: NotRequired[str]
    """The URL that people open, for a workspace at http or another port: `http://host:port`."""
    namespace: NotRequired[str]
    """The namespace it runs in."""
    create_namespace: NotRequired[bool]
    """Whether the component creates the namespace."""
    release_name: NotRequired[str]
    """The prefix of every object's name."""
    mode: NotRequired[Mode]
    """`microservices`, or `monolith` for the monolith alone."""
    omnichannel_services: NotRequired[bool]
    """Whether queue-worker and omnichannel-transcript run, for transcripts of omnichannel rooms."""
    replica_count: NotRequired[int]
    """Instances of every service, including the monolith and NATS."""
    replicas: NotRequired[ReplicasArgs]
    """Instances of each service, in place of `replica_count`."""
    concurrent_users: NotRequired[int]
    """Users online at the same time; decides how many ddp-streamers run, unless `replicas` does."""
    pause: NotRequired[bool]
    """Whether every workload stands still with no instance, while everything else stays."""
    services: NotRequired[ServicesArgs]
    """Settings of each service: its resources, and its autoscaling."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables of every Rocket.Chat service; secret ones are kept in a Secret."""
    variables_from: NotRequired[Mapping[str, SecretKeyArgs]]
    """Environment variables whose values are in existing Secrets, by the variable's name."""
    trusted_certificates: NotRequired[TrustedCertificatesArgs]
    """Certificates that every Rocket.Chat service trusts: for MongoDB, NATS, mail, S3, OAuth."""
    nats: NotRequired[NatsArgs]
    """The bundled NATS's password, or an external NATS by an existing Secret."""
    nats_url: NotRequired[pulumi.Input[str]]
    """An external NATS, in place of the bundled one, by its URL."""
    monolith_features: NotRequired[MonolithFeatures]
    """`disabled`: the dedicated services took over; `enabled`: the monolith does their work too."""
    mongodb_url: NotRequired[pulumi.Input[str]]
    """The URL of a MongoDB 8.0 replica set: `mongodb://…` or `mongodb+srv://…`."""
    mongodb_secret: NotRequired[str]
    """An existing Secret that holds MongoDB's URL."""
    mongodb_secret_key: NotRequired[str]
    """The key of the URL in `mongodb_secret`, such as `connectionString.standard`."""
    mongodb_options: NotRequired[Mapping[str, str]]
    """Options appended to MongoDB's URL, such as `readPreference: secondaryPreferred`."""
    license: NotRequired[pulumi.Input[str]]
    """The workspace's licence."""
    license_secret: NotRequired[str]
    """An existing Secret that holds the workspace's licence, in place of `license`."""
    license_secret_key: NotRequired[str]
    """The key of the licence in `license_secret`."""
    registration_token: NotRequired[pulumi.Input[str]]
    """The token that registers the workspace with Rocket.Chat Cloud."""
    smtp: NotRequired[SmtpArgs]
    """The mail server for outgoing mail."""
    smtp_password: NotRequired[pulumi.Input[str]]
    """The password of `smtp.username`."""
    ingress: NotRequired[IngressArgs]
    """Exposure through an ingress controller."""
    gateway: NotRequired[GatewayArgs]
    """Exposure through a Gateway, which routes every host to the monolith and to ddp-streamer."""
    service: NotRequired[ServiceArgs]
    """The monolith's Kubernetes Service, for exposure without an ingress controller."""
    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that every pod may run on."""
    tolerations: NotRequired[list[TolerationArgs]]
    """Tolerations of every pod."""
    affinity: NotRequired[Mapping[str, Any]]
    """Affinity of every pod, as Kubernetes writes it."""
    image_pull_secrets: NotRequired[list[str]]
    """Existing Secrets with the credentials of registries, for every pod."""
    cluster_assigns_users: NotRequired[bool]
    """Whether the cluster gives pods their users, as OpenShift does, and no pod names one."""
    resilience: NotRequired[ResilienceArgs]
    """Fixes for what the chart lacks, each on unless switched off."""
    monitoring: NotRequired[MonitoringArgs]
    """PodMonitors, alerts and a dashboard, where Prometheus' operator is installed."""
    monitoring_namespace: NotRequired[str]
    """The namespace whose pods may scrape NATS."""
    image: NotRequired[ImageArgs]
    """The container images."""
    uploads: NotRequired[UploadsArgs]
    """The volume for uploaded files."""
    timeout_seconds: NotRequired[int]
    """How many seconds an update waits for an object to become ready."""
    chart: NotRequired[ChartArgs]
    """The Helm chart that is rendered."""
    acknowledge: NotRequired[list[str]]
    """Upgrade steps that have been taken care of, by the names in the refusal."""
    pod_template_overrides: NotRequired[Mapping[str, Any]]
    """By workload, what its pods keep from Helm until a restart; `make adopt AS_IS=1` writes it."""
    values: NotRequired[Mapping[str, Any]]
    """Helm values that no other input covers, merged last."""
