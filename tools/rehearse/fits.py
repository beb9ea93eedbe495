"""Finds how many instances of a service fit, by asking the twin's scheduler."""

from components.kube.api import MERGE_PATCH, Api
from components.kube.objects import match_labels
from tools.rehearse.observe import Observer, workload_service
from tools.rehearse.read import INSTANCE_LABEL


def find_fitting(
    api: Api, namespace: str, release: str, service: str, observer: Observer
) -> int | None:
    """Returns the largest number of instances at which none is stuck; None if it isn't scaled so.

    The Deployment is scaled down by as many as are stuck, until none is. A rolling update needs
    room for one more instance than run, and the number leaves that.
    """
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    for obj in api.items(path):
        ours = match_labels(obj).get(INSTANCE_LABEL) == release
        if not ours or workload_service(obj, release) != service:
            continue
        number = int(obj["spec"].get("replicas", 1))
        while (stuck := observer.observation.missing.get(service, 0)) and number > 0:
            number = max(0, number - stuck)
            scale = f"{path}/{obj['metadata']['name']}/scale"
            api.send("PATCH", scale, {"spec": {"replicas": number}}, content_type=MERGE_PATCH)
            observer.settle()
        return number
    return None
