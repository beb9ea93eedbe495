"""Small workloads, as a chart would render them for the release and namespace `chat`."""

from typing import Any

from components.kube.schema import schema_errors


def deployment(name: str, container: str, *volumes: dict[str, Any]) -> dict[str, Any]:
    """A Deployment with one container."""
    labels = {"app.kubernetes.io/instance": "chat", "app.kubernetes.io/name": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "chat"},
        "spec": {
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1},
            },
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "volumes": list(volumes),
                    "containers": [
                        {
                            "name": container,
                            "image": "image",
                            "env": [{"name": "RETRY_ENABLED", "value": "yes"}],
                        },
                    ],
                },
            },
        },
    }


def stateful_set(name: str, container: str) -> dict[str, Any]:
    """A StatefulSet with one container."""
    return {**deployment(name, container), "kind": "StatefulSet"}


def container_of(workload: dict[str, Any]) -> dict[str, Any]:
    """The workload's only container."""
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(container)


def schema_errors_of(obj: dict[str, Any]) -> list[str]:
    """What Kubernetes wouldn't accept of an object."""
    return list(schema_errors(obj, obj["kind"], obj["apiVersion"]))


def pod_errors(**pod: Any) -> list[str]:  # noqa: ANN401 - wrong fields too
    """The same for a Deployment whose pods have these fields."""
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [], **pod}},
        },
    }
    return schema_errors_of(obj)
