"""A second hand: what a person or a controller does to a workspace beside Pulumi.

Each function sends the request of one `kubectl` command, under the same field manager.
"""

import json
from typing import Any

from kubernetes import client

from tests.support.program import Program

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
