"""The inputs of the component, as every Pulumi language can give them.

Nothing but declarations: the component host reads these annotations, and it can't read `Literal`,
`Annotated`, `X | Y`, postponed annotations, dataclasses or classes as inputs. Secrets are
`pulumi.Input[str]` and may come late. Everything else decides what the manifests look like, has
to be known in a preview, and so is plain.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NotRequired, TypedDict

import pulumi


class Mode(Enum):
    """How the workspace is split up."""

    MICROSERVICES = "microservices"
    """The monolith and the dedicated services, with NATS between them."""
    MONOLITH = "monolith"
    """The monolith alone."""


class MonolithFeatures(Enum):
    """Whether the monolith does what the dedicated services do."""

    DISABLED = "disabled"
    """The dedicated services have taken over."""
    ENABLED = "enabled"
    """The monolith keeps doing it too, for a step-by-step move."""


class ReplicasArgs(TypedDict):
    """Instances for each service, 1 to 1000; a service left out runs 1, NATS 2."""

    rocketchat: NotRequired[int]
    """Instances of the monolith."""
    presence: NotRequired[int]
    """Instances of presence: who is online."""
    ddp_streamer: NotRequired[int]
    """Instances of ddp-streamer: every client's WebSocket, one for each 500 concurrent users."""
    account: NotRequired[int]
    """Instances of account: log-in."""
    authorization: NotRequired[int]
    """Instances of authorization: roles and permissions."""
    nats: NotRequired[int]
    """Servers of the bundled NATS."""


class SecretKeyArgs(TypedDict):
    """One key of a Secret that exists in the namespace."""

    name: str
    """The Secret's name."""
    key: str
    """The key in its data."""


class NatsArgs(TypedDict):
    """A NATS that runs elsewhere."""

    existing_secret: NotRequired[SecretKeyArgs]
    """Where its URL is: `nats://…`, without `monolith+`."""


class SmtpArgs(TypedDict):
    """How mail leaves; the password is `smtp_password`."""

    host: NotRequired[str]
    """The mail server's name."""
    port: NotRequired[int]
    """Its port, 1 to 65535; default 587."""
    username: NotRequired[str]
    """Who logs in there."""
    existing_secret: NotRequired[str]
    """A Secret whose key `mail-url` holds the whole URL, in place of host, port, username."""


class IngressArgs(TypedDict):
    """The Ingress that leads `host` to the monolith and to ddp-streamer."""

    enabled: NotRequired[bool]
    """Default true, false where `service.type` is LoadBalancer or NodePort."""
    class_name: NotRequired[str]
    """The ingress class; default is the cluster's own."""
    annotations: NotRequired[Mapping[str, str]]
    """For the ingress controller, such as `cert-manager.io/cluster-issuer`."""
    tls_secret: NotRequired[str]
    """The TLS Secret with the certificate of `host`."""


class ServiceArgs(TypedDict):
    """The monolith's Service."""

    type: NotRequired[str]
    """ClusterIP (default), NodePort or LoadBalancer."""
    port: NotRequired[int]
    """Its port, 1 to 65535; default 80."""


class ComputeArgs(TypedDict):
    """Resources of one container, as Kubernetes writes them."""

    requests: NotRequired[Mapping[str, str]]
    """What the scheduler sets aside, such as `cpu: 500m` and `memory: 1Gi`."""
    limits: NotRequired[Mapping[str, str]]
    """What it may use at the most."""


class ResourcesArgs(TypedDict):
    """Requests and limits for each service; a service left out has none."""

    rocketchat: NotRequired[ComputeArgs]
    """Resources of each monolith."""
    presence: NotRequired[ComputeArgs]
    """Resources of each presence."""
    ddp_streamer: NotRequired[ComputeArgs]
    """Resources of each ddp-streamer."""
    account: NotRequired[ComputeArgs]
    """Resources of each account."""
    authorization: NotRequired[ComputeArgs]
    """Resources of each authorization."""
    nats: NotRequired[ComputeArgs]
    """Resources of each NATS server."""


class ImageArgs(TypedDict):
    """Which images run."""

    tag: NotRequired[str]
    """Rocket.Chat's version, default the chart's; a digest after it pins the monolith's image."""
    registry: NotRequired[str]
    """A registry that mirrors every image of the workspace."""


class UploadsArgs(TypedDict):
    """The volume for uploaded files; without it they are lost with the pod."""

    size: NotRequired[str]
    """Such as `20Gi`; of a claim that the component makes."""
    existing_claim: NotRequired[str]
    """A PersistentVolumeClaim that exists, in place of `size` and `storage_class`."""
    access_mode: NotRequired[str]
    """ReadWriteOnce (default; one monolith only) or ReadWriteMany."""
    storage_class: NotRequired[str]
    """Default is the cluster's own."""


class AutoscaleArgs(TypedDict):
    """Between which numbers a HorizontalPodAutoscaler keeps a service."""

    min_replicas: int
    """Fewest instances, 1 to 1000."""
    max_replicas: int
    """Most instances, 1 to 1000."""
    target_cpu_percent: NotRequired[int]
    """The CPU use that it aims at, in percent of the request, 1 to 100; default 70."""


class AutoscalingArgs(TypedDict):
    """Which services follow the load; each needs a CPU request in `resources`."""

    presence: NotRequired[AutoscaleArgs]
    """Instances of presence."""
    ddp_streamer: NotRequired[AutoscaleArgs]
    """Instances of ddp-streamer."""
    account: NotRequired[AutoscaleArgs]
    """Instances of account."""
    authorization: NotRequired[AutoscaleArgs]
    """Instances of authorization."""


class TolerationArgs(TypedDict):
    """One taint of nodes that pods bear."""

    key: NotRequired[str]
    """The taint's key; every taint where left out."""
    operator: NotRequired[str]
    """Equal (default) or Exists."""
    value: NotRequired[str]
    """The taint's value, with Equal."""
    effect: NotRequired[str]
    """NoSchedule, PreferNoSchedule or NoExecute; every effect where left out."""
    toleration_seconds: NotRequired[int]
    """How long a pod bears NoExecute; for ever where left out."""


class ResilienceArgs(TypedDict):
    """What a careful operator adds to the chart; each true unless switched off."""

    enabled: NotRequired[bool]
    """False leaves all of them off."""
    rolling_updates: NotRequired[bool]
    """No instance is taken away before its successor is ready."""
    probes: NotRequired[bool]
    """Readiness, liveness and startup probes for every service."""
    graceful_shutdown: NotRequired[bool]
    """ddp-streamer lets its sockets go before it ends."""
    disruption_budgets: NotRequired[bool]
    """A drain takes one instance at a time of each service that has several."""
    topology_spread: NotRequired[bool]
    """Instances of a service are spread over zones and nodes."""
    retries: NotRequired[bool]
    """Calls over the bus are retried, as the chart means to and doesn't."""
    pod_security: NotRequired[bool]
    """Pods keep to PodSecurity `restricted`, and so does the namespace that the component makes."""
    network_policy: NotRequired[bool]
    """Only this workspace's pods reach its NATS, which has no authentication."""


class ChartArgs(TypedDict):
    """The Helm chart that is rendered."""

    version: NotRequired[str]
    """A version of the chart `rocketchat`; default 7.0.2."""
    path: NotRequired[str]
    """A package or folder on this machine instead, relative to the program's folder."""
    repository: NotRequired[str]
    """Another Helm repository."""
    digest: NotRequired[str]
    """The package's SHA-256; needed for a version that the program doesn't know."""


class RocketChatArgs(TypedDict):
    """What an operator means."""

    host: str
    """The public name of the workspace, such as `chat.example.com`."""
    namespace: NotRequired[str]
    """Where it runs; default `rocketchat`."""
    create_namespace: NotRequired[bool]
    """Whether the component makes the namespace; default true."""
    release_name: NotRequired[str]
    """The start of every object's name; default `chat`."""
    mode: NotRequired[Mode]
    """`microservices` (default) or `monolith`."""
    replica_count: NotRequired[int]
    """Instances of every service, the monolith and NATS included, 1 to 1000."""
    replicas: NotRequired[ReplicasArgs]
    """Instances for each service, in place of `replica_count`."""
    concurrent_users: NotRequired[int]
    """People online at once: one ddp-streamer for each 500 where `replicas` names no number."""
    nats: NotRequired[NatsArgs]
    """A NATS that runs elsewhere, by an existing Secret; default is the bundled one."""
    nats_url: NotRequired[pulumi.Input[str]]
    """A NATS that runs elsewhere, by its URL; a secret."""
    monolith_features: NotRequired[MonolithFeatures]
    """`disabled` (default: the dedicated services have taken over) or `enabled`."""
    mongodb_url: NotRequired[pulumi.Input[str]]
    """Where MongoDB is, 8.0 as a replica set: `mongodb://…` or `mongodb+srv://…`; a secret."""
    mongodb_secret: NotRequired[str]
    """An existing Secret whose key `mongo-uri` holds that URL."""
    license: NotRequired[pulumi.Input[str]]
    """The workspace's licence; a secret."""
    registration_token: NotRequired[pulumi.Input[str]]
    """Registers the workspace with Rocket.Chat Cloud; a secret."""
    smtp: NotRequired[SmtpArgs]
    """How mail leaves."""
    smtp_password: NotRequired[pulumi.Input[str]]
    """The password for `smtp.username`; a secret."""
    ingress: NotRequired[IngressArgs]
    """How people reach it through an ingress controller."""
    service: NotRequired[ServiceArgs]
    """How people reach it without one."""
    resources: NotRequired[ResourcesArgs]
    """Requests and limits for each service."""
    autoscaling: NotRequired[AutoscalingArgs]
    """Which services follow the load, in place of a number in `replicas`."""
    node_selector: NotRequired[Mapping[str, str]]
    """Labels of the nodes that every pod may run on."""
    tolerations: NotRequired[list[TolerationArgs]]
    """Taints of nodes that every pod bears."""
    affinity: NotRequired[Mapping[str, Any]]
    """Affinity of every pod, as Kubernetes writes it."""
    resilience: NotRequired[ResilienceArgs]
    """What a careful operator adds to the chart."""
    monitoring_namespace: NotRequired[str]
    """The namespace whose pods may scrape NATS; default `monitoring`."""
    image: NotRequired[ImageArgs]
    """Which images run."""
    uploads: NotRequired[UploadsArgs]
    """The volume for uploaded files."""
    timeout_seconds: NotRequired[int]
    """How long an update waits for an object to get ready, 1 to 86400; default 600."""
    chart: NotRequired[ChartArgs]
    """Which chart is rendered."""
    acknowledge: NotRequired[list[str]]
    """Steps of an upgrade that were seen to, by the names that its refusal gives."""
    pod_template_overrides: NotRequired[Mapping[str, Any]]
    """By a workload's name, what its pods keep as Helm gave it; `make adopt AS_IS=1` writes it."""
    values: NotRequired[Mapping[str, Any]]
    """Helm values that no input covers, merged last."""
