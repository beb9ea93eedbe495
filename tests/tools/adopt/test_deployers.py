"""Who deploys a release, as objects of the cluster tell."""

from typing import Any

from tools.adopt.deployers import ARGO_CD, FLUX, TERRAFORM, FieldOwner, find_deployers, find_owner


def live(manager: str, operation: str = "Update", **metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    entry = {"manager": manager, "operation": operation}
    return {"metadata": {"managedFields": [entry], **metadata}}


def test_deployers_are_known_by_their_managers_labels_and_annotations() -> None:
    assert find_deployers([live("helm"), live("kubectl-edit")]) == []
    assert find_deployers([live("argocd-controller")]) == [ARGO_CD]
    tracked = live("kubectl", annotations={"argocd.argoproj.io/tracking-id": "chat"})
    assert find_deployers([tracked]) == [ARGO_CD]
    assert find_deployers([live("helm", labels={"helm.toolkit.fluxcd.io/name": "chat"})]) == [FLUX]
    assert find_deployers([live("terraform-provider-helm_v3")]) == [TERRAFORM]


def test_the_owner_is_who_has_deployed_most() -> None:
    objects = [live("helm", "Apply"), live("helm", "Apply"), live("helm"), live("kubectl-edit")]
    assert find_owner(objects) == FieldOwner("helm", "Apply")
    assert find_owner([live("pulumi-kubernetes-chat", "Apply")]) is None
