"""Helm values as people have them, each with what `tools.adopt` makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from components.chart.values import merge_values

PASSWORD = "canary-5b1e-Zq8"
"""Stands for every secret in the cases."""
_DIGEST = f"sha256:{'0123456789abcdef' * 4}"
BASE: Mapping[str, Any] = {
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
}
"""Part of every case that doesn't say otherwise."""


@dataclass(frozen=True)
class Case:
    """One file of values."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """Merged into `BASE`."""
    text: str = ""
    """The whole file, where its YAML matters."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What the config has, by top-level input; None for what it lacks."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What is encrypted, by its path in the config."""
    reported: tuple[str, ...] = ()
    """What the output says."""
    refused: str = ""
    """What the refusal says; nothing is written then."""


def text_of(case: Case) -> str:
    """The file's text."""
    return case.text or yaml.safe_dump(merge_values(BASE, case.values))


CASES: Mapping[str, Case] = {
    "certificates given as an object": Case(
        {"ingress": {"enabled": True, "tls": {"chat-tls": ["chat.example.com"]}}},
        refused="ingress.tls: is an object, and has to be an array",
    ),
    "certificates of two hosts": Case(
        {
            "ingress": {
                "enabled": True,
                "tls": [
                    {"secretName": "first", "hosts": ["chat.example.com"]},
                    {"secretName": "second", "hosts": ["www.example.com"]},
                ],
            }
        },
        config={
            "values": {
                "ingress": {
                    "tls": [
                        {"secretName": "first", "hosts": ["chat.example.com"]},
                        {"secretName": "second", "hosts": ["www.example.com"]},
                    ]
                }
            }
        },
    ),
    "numbers written as text": Case(
        {"replicaCount": "2.0", "microservices": {"presence": {"replicas": "3"}}},
        config={"replicas": {"rocketchat": 2, "presence": 3}},
    ),
    "a number nobody filled in": Case(
        {"replicaCount": "${COUNT}"},
        refused='replicaCount: holds a placeholder, "${COUNT}"',
    ),
    "no instances at all": Case(
        {"replicaCount": 0},
        config={"replicas": None},
        reported=("rocketchat: none runs, and the program runs at least 1",),
    ),
    "a host nobody filled in": Case({"host": "<YOUR_HOST>"}, refused="host: holds a placeholder"),
    "a host with a port": Case(
        {"host": "chat.example.com:8443"},
        config={"host": "chat.example.com", "rootUrl": "https://chat.example.com:8443"},
    ),
    "a host that is a URL": Case(
        {"host": "http://chat.example.com/"},
        config={"host": "chat.example.com", "rootUrl": "http://chat.example.com"},
    ),
    "an address in place of a host": Case({"host": "192.0.2.7"}, refused="host: is an address"),
    "a public URL without TLS": Case(
        {"extraEnv": [{"name": "ROOT_URL", "value": "http://chat.example.com"}]},
        config={"rootUrl": "http://chat.example.com", "values": None},
    ),
    "a public URL from the values": Case(
        {"extraEnv": [{"name": "ROOT_URL", "value": "https://{{ .Values.host }}"}]},
        config={"host": "chat.example.com", "rootUrl": None, "values": None},
    ),
    "a public URL with a path": Case(
        {"extraEnv": [{"name": "ROOT_URL", "value": "https://chat.example.com/team"}]},
        refused="extraEnv ROOT_URL: has the path /team",
    ),
    "variables that the chart sets as well": Case(
        {
            "extraEnv": [
                {"name": "DEPLOY_PLATFORM", "value": "elsewhere"},
                {
                    "name": "INSTANCE_IP",
                    "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}},
                },
            ]
        },
        config={
            "services": {"rocketchat": {"variables": {"DEPLOY_PLATFORM": "elsewhere"}}},
            "values": None,
        },
        reported=("the chart sets DEPLOY_PLATFORM, INSTANCE_IP, too",),
    ),
    "a database as a variable": Case(
        {
            "existingMongodbSecret": "",
            "extraEnv": [
                {"name": "MONGO_URL", "value": f"mongodb://u:{PASSWORD}@db/chat?replicaSet=rs0"}
            ],
        },
        config={"values": None, "mongodbSecret": None},
        secrets={"mongodbUrl": f"mongodb://u:{PASSWORD}@db/chat?replicaSet=rs0"},
    ),
    "a database by a Secret as a variable": Case(
        {
            "extraEnv": [
                {
                    "name": "MONGO_URL",
                    "valueFrom": {"secretKeyRef": {"name": "db", "key": "connection"}},
                }
            ]
        },
        config={"values": None, "mongodbSecret": "db", "mongodbSecretKey": "connection"},
    ),
    "a mail server as a variable": Case(
        {
            "extraEnv": [
                {"name": "MAIL_URL", "value": f"smtps://me%40x:{PASSWORD}@mail.example.com:465"}
            ]
        },
        config={
            "smtp": {"host": "mail.example.com", "port": 465, "username": "me@x"},
            "values": None,
        },
        secrets={"smtpPassword": PASSWORD},
    ),
    "variables as an object": Case(
        {"extraEnv": {"HTTP_FORWARDED_COUNT": 1, "TZ": "Europe/Berlin"}},
        config={
            "values": {
                "extraEnv": [
                    {"name": "HTTP_FORWARDED_COUNT", "value": "1"},
                    {"name": "TZ", "value": "Europe/Berlin"},
                ]
            }
        },
        reported=("extraEnv: is an object, and is written as the list that the chart takes",),
    ),
    "variables as a block of text": Case(
        {
            "extraEnv": f"- name: Accounts_OAuth_X_secret\n  value: {PASSWORD}\n",
            "license": PASSWORD,
            "extraSecret": "chat-extra",
        },
        config={"values": {"extraSecret": "chat-extra"}},
        secrets={
            "license": PASSWORD,
            "services.rocketchat.variables.Accounts_OAuth_X_secret": PASSWORD,
        },
    ),
    "a proxy with a password": Case(
        {
            "extraEnv": [
                {"name": "HTTPS_PROXY", "value": f"http://u:{PASSWORD}@proxy.example.com:3128"},
                {"name": "NO_PROXY", "value": "localhost"},
            ]
        },
        config={"values": {"extraEnv": [{"name": "NO_PROXY", "value": "localhost"}]}},
        secrets={
            "services.rocketchat.variables.HTTPS_PROXY": (
                f"http://u:{PASSWORD}@proxy.example.com:3128"
            )
        },
        reported=("NO_PROXY lacks the cluster's own names",),
    ),
    "a variable from a value of one's own": Case(
        {"own": {"zone": "Europe/Berlin"}, "extraEnv": {"TZ": "{{ .Values.own.zone }}"}},
        config={
            "values": {
                "own": {"zone": "Europe/Berlin"},
                "extraEnv": [{"name": "TZ", "value": "{{ .Values.own.zone }}"}],
            }
        },
    ),
    "variables that only Helm can list": Case(
        {"extraEnv": "{{- range list 1 2 }}\n- name: A{{ . }}\n  value: x\n{{- end }}"},
        config={
            "values": {
                "extraEnv": "{{- range list 1 2 }}\n- name: A{{ . }}\n  value: x\n{{- end }}"
            }
        },
    ),
    "a licence that a variable repeats": Case(
        {"license": PASSWORD, "extraEnv": {"COPY": "{{ .Values.license }}"}},
        config={"values": None},
        secrets={"license": PASSWORD, "services.rocketchat.variables.COPY": PASSWORD},
    ),
    "a variable twice": Case(
        {"extraEnv": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
        config={"values": {"extraEnv": [{"name": "A", "value": "2"}]}},
        reported=("extraEnv: A is there twice",),
    ),
    "a variable without a name": Case(
        {"extraEnv": [{"value": "x"}]}, refused="extraEnv[0]: takes an object with name"
    ),
    "passwords of a MongoDB that is off": Case(
        {
            "mongodb": {
                "enabled": False,
                "auth": {"rootPassword": PASSWORD, "passwords": [PASSWORD]},
            }
        },
        config={"values": None},
        reported=("mongodb: the bundled one is off, and its settings are left out",),
    ),
    "no MongoDB of one's own": Case(
        {"existingMongodbSecret": ""}, refused="mongodb: the values name none but the bundled one"
    ),
    "an oplog": Case(
        {"externalMongodbOplogUrl": f"mongodb://u:{PASSWORD}@db/local"},
        config={"values": None},
        reported=("externalMongodbOplogUrl: ", "needs no oplog"),
    ),
    "users of NATS": Case(
        {
            "nats": {
                "auth": {
                    "enabled": True,
                    "basic": {"users": [{"user": "u", "password": PASSWORD}]},
                }
            }
        },
        config={"nats": {"authentication": True}, "values": None},
        reported=("nats.auth: the program draws NATS's password",),
    ),
    "federation": Case(
        {"federation": {"enabled": True}, "postgresql": {"auth": {"password": PASSWORD}}},
        refused="federation.enabled: the program doesn't run Matrix's Synapse",
    ),
    "the stream-hub": Case(
        {"microservices": {"streamHub": {"enabled": True, "replicas": 2}}},
        config={"values": None},
        reported=("microservices.streamHub: Rocket.Chat has no stream-hub any more since 8.0",),
    ),
    "an image as text": Case(
        {"image": "rocketchat/rocket.chat:8.6.1"}, config={"image": {"tag": "8.6.1"}}
    ),
    "an image's tag as a number": Case(
        text="host: chat.example.com\nexistingMongodbSecret: m\nimage:\n  tag: 8.10\n",
        refused="image.tag: is the number 8.1",
    ),
    "an image by its digest": Case(
        {"image": {"tag": f"8.6.1@{_DIGEST}"}}, config={"image": {"tag": f"8.6.1@{_DIGEST}"}}
    ),
    "a registry named twice": Case(
        {
            "global": {"imageRegistry": "registry.example.com"},
            "image": {"repository": "registry.example.com/rocketchat/rocket.chat"},
        },
        config={
            "image": {"registry": "registry.example.com"},
            "values": {"image": {"repository": "rocketchat/rocket.chat"}},
        },
        reported=("image.repository: its registry is left out",),
    ),
    "Secrets to pull images with": Case(
        {"global": {"imagePullSecrets": ["a"]}, "imagePullSecrets": [{"name": "b"}]},
        config={"imagePullSecrets": ["b", "a"], "values": None},
    ),
    "annotations that aren't text": Case(
        text="host: chat.example.com\nexistingMongodbSecret: m\ningress:\n  enabled: true\n"
        "  annotations: {example.com/a: true, example.com/b: 3600, example.com/c: 2024-01-31}\n",
        config={
            "ingress": {
                "annotations": {
                    "example.com/a": "true",
                    "example.com/b": "3600",
                    "example.com/c": "2024-01-31",
                }
            }
        },
        reported=("example.com/a, example.com/b are written as strings",),
    ),
    "annotations with a template of another's": Case(
        {"podAnnotations": {"example.com/template": '{{- with secret "kv" -}}x{{- end }}'}},
        config={
            "values": {
                "podAnnotations": {"example.com/template": '{{- with secret "kv" -}}x{{- end }}'}
            }
        },
    ),
    "a container of its own with the chart's image": Case(
        {
            "extraInitContainers": [
                {"name": "seed", "image": '{{ include "rocketchat.image" . }}', "command": ["true"]}
            ]
        },
        reported=("extraInitContainers: the chart's helper rocketchat.image",),
    ),
    "monoliths kept apart": Case(
        {"affinity": {"podAntiAffinity": {}, "nodeAffinity": {}}},
        config={
            "affinity": None,
            "services": {"rocketchat": {"affinity": {"podAntiAffinity": {}, "nodeAffinity": {}}}},
        },
    ),
    "nodes of each service": Case(
        {
            "nodeSelector": {"pool": "chat"},
            "microservices": {"ddpStreamer": {"nodeSelector": {"pool": "sockets"}}},
        },
        config={
            "nodeSelector": None,
            "services": {
                "rocketchat": {"nodeSelector": {"pool": "chat"}},
                "ddpStreamer": {"nodeSelector": {"pool": "sockets"}},
            },
        },
    ),
    "a budget that blocks drains": Case(
        {"replicaCount": 3, "minAvailable": 3},
        config={"values": {"minAvailable": 2}},
        reported=("minAvailable: no node with one of the 3 instances of rocketchat could ever be",),
    ),
    "probes of one's own": Case(
        {"livenessProbe": {"enabled": False}, "readinessProbe": {"initialDelaySeconds": 300}},
        reported=(
            "livenessProbe, readinessProbe: the program's own probes replace them. Their times",
        ),
    ),
    "no probes": Case(
        {"livenessProbe": {"enabled": False}, "readinessProbe": {"enabled": False}},
        config={"services": {"rocketchat": {"probes": {"enabled": False}}}, "values": None},
    ),
    "no users, as OpenShift wants it": Case(
        {"securityContext": None, "containerSecurityContext": None},
        config={"clusterAssignsUsers": True, "values": None},
    ),
    "no users, field by field": Case(
        {"securityContext": {"runAsUser": None, "fsGroup": None}},
        config={"clusterAssignsUsers": True, "values": None},
    ),
    "a field that no security context has": Case(
        {"securityContext": {"enabled": True, "runAsUser": 1000, "fsGroup": 1000}},
        config={"values": {"securityContext": {"runAsUser": 1000, "fsGroup": 1000}}},
        reported=("securityContext.enabled: is no field of a PodSecurityContext",),
    ),
    "root": Case(
        {"securityContext": {"runAsUser": 0}},
        refused="securityContext: runs as root or privileged",
    ),
    "a folder of the node": Case(
        {"extraVolumes": [{"name": "certs", "hostPath": {"path": "/etc/ssl"}}]},
        refused="extraVolumes: has a hostPath, which PodSecurity `restricted` forbids",
    ),
    "every path, in the old way": Case(
        {"ingress": {"enabled": True, "path": "/*", "pathType": "ImplementationSpecific"}},
        config={"values": None},
        reported=("ingress.path: /* means every path",),
    ),
    "a part of the paths": Case(
        {"ingress": {"enabled": True, "path": "/chat"}},
        refused="ingress.path: /chat leads only a part of the paths",
    ),
    "mail with TLS from the start": Case(
        {
            "smtp": {
                "enabled": True,
                "host": "mail.example.com",
                "port": "465",
                "username": "u",
                "password": PASSWORD,
            }
        },
        config={"smtp": {"host": "mail.example.com", "port": 465, "username": "u"}},
        secrets={"smtpPassword": PASSWORD},
    ),
    "mail by IPv6": Case(
        {"smtp": {"enabled": True, "host": "fd00::25"}}, config={"smtp": {"host": "fd00::25"}}
    ),
    "mail with half a login": Case(
        {"smtp": {"enabled": True, "host": "mail.example.com", "password": PASSWORD}},
        refused="smtp.username: is missing",
    ),
    "mail by a Secret and a host": Case(
        {"smtp": {"enabled": True, "host": "mail.example.com", "existingSecret": "mail"}},
        config={"smtp": {"existingSecret": "mail"}},
        reported=("smtp.host had no effect and is left out",),
    ),
    "a storage class by another name": Case(
        {"persistence": {"enabled": True, "size": "10Gi", "storageClassName": "fast"}},
        config={"uploads": {"size": "10Gi"}},
        reported=("The chart reads persistence.storageClass. Use uploads.storageClass.",),
    ),
    "several on a volume of one node": Case(
        {"replicaCount": 3, "persistence": {"enabled": True, "size": "10Gi"}},
        refused="persistence.accessMode: is ReadWriteOnce, which only one node mounts",
    ),
    "a key twice": Case(
        text="host: a.example.com\nexistingMongodbSecret: m\nhost: chat.example.com\n",
        config={"host": "chat.example.com"},
        reported=("host: is there twice, and Helm uses the last",),
    ),
    "values of an umbrella chart": Case(
        text="rocketchat:\n  host: chat.example.com\n  existingMongodbSecret: m\n",
        refused="The values are below rocketchat, as an umbrella chart has them. Give --subchart",
    ),
    "a licence in a Secret": Case(
        {"extraSecret": "chat-licence"}, config={"values": {"extraSecret": "chat-licence"}}
    ),
    "a key that nothing reads": Case(
        {"extraEnvVars": [{"name": "A", "value": PASSWORD}]},
        config={"values": None},
        reported=("extraEnvVars: the chart doesn't read it. The chart reads extraEnv.",),
    ),
    "a secret in an annotation": Case(
        {"podAnnotations": {"example.com/api-token": PASSWORD}},
        refused='podAnnotations["example.com/api-token"]: looks like a secret',
    ),
    "a secret of a container of one's own": Case(
        {
            "extraInitContainers": [
                {
                    "name": "seed",
                    "image": "busybox:1",
                    "env": [{"name": "DB_PASSWORD", "value": PASSWORD}],
                }
            ]
        },
        refused="extraInitContainers[0].env[0].value: looks like a secret",
    ),
    "values encrypted by SOPS": Case(
        text="host: ENC[AES256_GCM,data:x]\nsops: {version: 3.9.0}\n",
        refused="it is encrypted by SOPS",
    ),
    "a template of Helmfile": Case(
        text='host: {{ requiredEnv "HOST" }}\n',
        refused="host has an object for a key, as a template such as",
    ),
}
