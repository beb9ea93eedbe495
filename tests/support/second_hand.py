"""A second hand: what a person or a controller does to a workspace beside Pulumi.

Each function sends the request of one `kubectl` command, under the same field manager.
"""

import json
from contextlib import suppress
from typing import Any

from kubernetes import client

from components.kube.api import ApiError
from tests.support.program import Program
from tests.support.waiting import wait_for

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
Json = dict[str, Any]
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments/{}"


class SecondHand:
    """Somebody who changes a program's objects by hand."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def scale(self, name: str, replicas: int) -> None:
        """`kubectl scale deployment/NAME --replicas=N`."""
        path = f"{self._deployment(name)}/scale"
        self.patch(path, {"spec": {"replicas": replicas}}, "kubectl", MERGE)

    def set_image(self, name: str, container: str, image: str) -> None:
        """`kubectl set image deployment/NAME CONTAINER=IMAGE`."""
        self._patch_container(name, {"name": container, "image": image}, "kubectl-set")

    def set_env(self, name: str, container: str, variable: str, value: str) -> None:
        """`kubectl set env deployment/NAME -c CONTAINER VARIABLE=VALUE`."""
        env = [{"name": variable, "value": value}]
        self._patch_container(name, {"name": container, "env": env}, "kubectl-set")

    def edit(self, name: str, body: Json) -> None:
        """`kubectl edit deployment/NAME`, with the changes in `body`."""
        self.patch(self._deployment(name), body, "kubectl-edit", STRATEGIC)

    def restart(self, name: str, time: str) -> None:
        """`kubectl rollout restart deployment/NAME`."""
        annotations = {"kubectl.kubernetes.io/restartedAt": time}
        body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        self.patch(self._deployment(name), body, "kubectl-rollout", STRATEGIC)

    def autoscale(self, name: str, low: int, high: int, *, as_name: str | None = None) -> None:
        """`kubectl autoscale deployment/NAME --min=LOW --max=HIGH --name=NAME`."""
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
        body = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": as_name or name},
            "spec": {"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high},
        }
        root = "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers"
        self.send("POST", root, body, "kubectl-autoscale")

    def define_scaled_objects(self) -> None:
        """Adds KEDA's kind to the cluster, as far as anybody here reads it."""
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version = {
            "name": "v1alpha1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": schema},
        }
        names = {"kind": "ScaledObject", "plural": "scaledobjects", "singular": "scaledobject"}
        body = {
            "metadata": {"name": "scaledobjects.keda.sh"},
            "spec": {
                "group": "keda.sh",
                "scope": "Namespaced",
                "names": names,
                "versions": [version],
            },
        }
        root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        self.send("POST", root, body, "keda-installer")
        wait_for(self._has_scaled_objects)

    def _has_scaled_objects(self) -> bool:
        # A new kind is unknown at first, and then not ready yet.
        with self._program.cluster.api() as api, suppress(ApiError):
            return api.find("/apis/keda.sh/v1alpha1/scaledobjects") is not None
        return False

    def autoscale_by_keda(self, name: str, low: int, high: int, *, as_name: str) -> None:
        """A ScaledObject, and the autoscaler that KEDA makes of it."""
        body = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": as_name},
            "spec": {"scaleTargetRef": {"name": name}},
        }
        root = "/apis/keda.sh/v1alpha1/namespaces/{}/scaledobjects"
        self.send("POST", root, body, "kubectl-create")
        self.autoscale(name, low, high, as_name=f"keda-hpa-{as_name}")
        with self._program.cluster.api() as api:
            path = root.format(self._program.namespace)
            uid = api.get(f"{path}/{as_name}")["metadata"]["uid"]
        owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": as_name}
        autoscalers = "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers"
        owners = [{**owner, "uid": uid, "controller": True}]
        body = {"metadata": {"ownerReferences": owners}}
        self.patch(f"{autoscalers}/keda-hpa-{as_name}", body, "keda-operator", MERGE)

    def patch(self, path: str, body: Json, manager: str, content_type: str) -> None:
        """Patches the object at `path`, in which `{}` stands for the namespace."""
        self.send("PATCH", path, body, manager, content_type)

    def send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        manager: str = "",
        content_type: str = "application/json",
    ) -> Json:
        """Sends one request, and returns the answer."""
        with self._program.cluster.client() as api:
            query = f"?fieldManager={manager}" if manager else ""
            answer = api.call_api(
                method,
                f"{api.configuration.host}{path.format(self._program.namespace)}{query}",
                header_params={"Content-Type": content_type, "Accept": "application/json"},
                body=body,
            )
            content: Json = json.loads(answer.response.data)
        if answer.status >= 400:
            raise client.ApiException(answer.status, json.dumps(content))
        return content

    def get(self, path: str) -> Json:
        """Returns the object at `path`, in which `{}` stands for the namespace."""
        return self.send("GET", path)

    def deployment(self, name: str) -> Json:
        """Returns a Deployment as the server has it."""
        return self.get(self._deployment(name))

    def replicas(self, name: str) -> int:
        """Returns the number of instances that a Deployment is to have."""
        return int(self.deployment(name)["spec"]["replicas"])

    def _deployment(self, name: str) -> str:
        return DEPLOYMENTS.format("{}", name)

    def _patch_container(self, name: str, container: Json, manager: str) -> None:
        body = {"spec": {"template": {"spec": {"containers": [container]}}}}
        self.patch(self._deployment(name), body, manager, STRATEGIC)
