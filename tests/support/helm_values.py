"""Helm values of workspaces.

For all but the last three the chart facts contain what the official chart renders.
"""

from collections.abc import Mapping
from typing import Any

BASE: Mapping[str, Any] = {
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
    "mongodb": {"enabled": False, "serviceMonitor": {"enabled": False}},
}
"""Part of every case; the chart's MongoDB can't run Rocket.Chat 8."""
CANARY = "canary-7d1f"
_TOLERATION = {"effect": "NoSchedule", "key": "dedicated", "operator": "Equal", "value": "chat"}

_FACTS: Mapping[str, Mapping[str, Any]] = {
    "defaults": {},
    "external-nats": {
        "microservices": {"enabled": True},
        "nats": {"enabled": False, "existingSecret": {"key": "url", "name": "chat-nats-url"}},
    },
    "features-kept": {
        "microservices": {"enabled": True},
        "nats": {"enabled": True, "existingSecret": {"key": "url", "name": "chat-transporter"}},
    },
    "global-two": {
        "replicaCount": 2,
        "microservices": {
            "enabled": True,
            "account": {"replicas": 2},
            "authorization": {"replicas": 2},
            "ddpStreamer": {"replicas": 2},
            "presence": {"replicas": 2},
        },
        "nats": {"cluster": {"replicas": 3}},
    },
    "ignored-keys": {
        "microservices": {"enabled": True, "nats": {"replicas": 4}, "replicaCount": 4},
    },
    "image-tag": {"image": {"tag": "8.6.0"}},
    "ingress-tls": {
        "ingress": {
            "enabled": True,
            "ingressClassName": "nginx",
            "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
            "tls": [{"hosts": ["chat.example.com"], "secretName": "chat-tls"}],
        },
    },
    "license-and-extra-secret": {
        "license": f"LICENSE-{CANARY}",
        "registrationToken": f"TOKEN-{CANARY}",
        "extraSecret": "chat-env",
        "extraEnv": [{"name": "A", "value": "b"}],
        "smtp": {"enabled": True, "existingSecret": "chat-smtp"},
    },
    "load-balancer": {"service": {"port": 8080, "type": "LoadBalancer"}},
    "monolith-alone": {"microservices": {"enabled": False}},
    "monolith-nats": {
        "replicaCount": 3,
        "microservices": {"enabled": False},
        "nats": {"enabled": True, "cluster": {"replicas": 3}},
    },
    "nats-off-without-secret": {"microservices": {"enabled": True}, "nats": {"enabled": False}},
    "no-metrics": {
        "nats": {"exporter": {"enabled": False}, "podMonitor": {"enabled": False}},
        "podMonitor": {"enabled": False},
        "prometheusScraping": {"enabled": False},
    },
    "per-service": {
        "replicaCount": 3,
        "microservices": {
            "enabled": True,
            "account": {"replicas": 4},
            "authorization": {"replicas": 5},
            "ddpStreamer": {"replicas": 8},
            "presence": {"replicas": 2},
        },
        "nats": {"cluster": {"replicas": 5}},
    },
    "resources-and-probes": {
        "livenessProbe": {"path": "/livez"},
        "readinessProbe": {"path": "/readyz"},
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
        "microservices": {
            "ddpStreamer": {
                "annotations": {"a": "b"},
                "replicas": 2,
                "resources": {"limits": {"memory": "512Mi"}},
            },
        },
    },
    "scheduling": {
        "global": {"nodeSelector": {"pool": "chat"}, "tolerations": [_TOLERATION]},
        "podAntiAffinity": "soft",
        "tolerations": [_TOLERATION],
    },
    "uploads-volume": {
        "persistence": {
            "accessMode": "ReadWriteMany",
            "enabled": True,
            "size": "20Gi",
            "storageClass": "nfs",
        },
    },
}
FACTS: Mapping[str, Mapping[str, Any]] = {
    name: {**BASE, **values} for name, values in _FACTS.items()
}
"""The cases of the chart facts, by their names there."""
CASES: Mapping[str, Mapping[str, Any]] = {
    **FACTS,
    "secrets-in-plain-sight": {
        "host": "chat.example.com",
        "mongodb": {"enabled": False},
        "externalMongodbUrl": f"mongodb://chat:{CANARY}@db.example.com/rocketchat",
        "license": f"license-{CANARY}",
        "registrationToken": f"token-{CANARY}",
        "smtp": {
            "enabled": True,
            "host": "mail.example.com",
            "username": "chat",
            "password": f"mail-{CANARY}",
        },
    },
    "two-certificates": {
        **BASE,
        "ingress": {
            "enabled": True,
            "tls": [
                {"secretName": "chat-tls", "hosts": ["chat.example.com"]},
                {"secretName": "old-tls", "hosts": ["talk.example.com"]},
            ],
        },
    },
    "certificate-of-the-controller": {
        **BASE,
        "ingress": {"enabled": True, "tls": [{"hosts": ["chat.example.com"]}]},
    },
}
