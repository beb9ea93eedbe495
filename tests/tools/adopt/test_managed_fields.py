"""Fields that one manager hands over to another."""

from typing import Any

import pytest

from tools.adopt.deployers import FieldOwner
from tools.adopt.managed_fields import (
    ADOPT,
    drop_adopt,
    give_to_helm,
    merge_fields,
    take_from_anybody,
    take_from_helm,
    take_from_provider,
)

HELM = {"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1"}
KUBELET = {"manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": {}}


def live(*entries: dict[str, Any], kind: str = "Deployment") -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "a", "managedFields": list(entries)}}


def test_only_helms_fields_are_taken() -> None:
    helm = {**HELM, "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    entries = take_from_helm(live(helm, KUBELET), live())
    assert entries == [KUBELET, {**helm, "manager": ADOPT, "operation": "Apply"}]
    # The second time nothing changes.
    assert take_from_helm(live(*entries), live()) is None


@pytest.mark.parametrize(
    "manager", ["argocd-controller", "helm-controller", "terraform-provider-helm_v2.17.0"]
)
def test_fields_of_who_deploys_in_helms_place_are_taken(manager: str) -> None:
    applied = {**HELM, "manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {}}}
    assert take_from_helm(live(applied), live()) == [{**applied, "manager": ADOPT}]


def test_what_people_have_applied_is_taken_and_what_controllers_write_is_not() -> None:
    kubectl = {**HELM, "manager": "kubectl-client-side-apply", "fieldsV1": {"f:spec": {"f:a": {}}}}
    controller = {**HELM, "manager": "kube-controller-manager", "fieldsV1": {"f:metadata": {}}}
    entries = take_from_anybody(live(kubectl, controller, KUBELET))
    assert entries == [
        controller,
        KUBELET,
        {**kubectl, "manager": ADOPT, "operation": "Apply"},
    ]
    assert take_from_anybody(live(*entries)) is None


def test_an_interrupted_handover_is_completed() -> None:
    obj = live(
        {**HELM, "fieldsV1": {"f:spec": {"f:a": {}}}},
        {**HELM, "manager": ADOPT, "operation": "Apply", "fieldsV1": {"f:spec": {"f:b": {}}}},
    )
    (entry,) = take_from_helm(obj, live()) or []
    assert entry["fieldsV1"] == {"f:spec": {"f:a": {}, "f:b": {}}}


def test_secret_data_that_pods_still_read_remains_with_helm() -> None:
    fields: dict[str, Any] = {"f:data": {"f:mongo-uri": {}, "f:license": {}}, "f:type": {}}
    secret = live({**HELM, "fieldsV1": fields}, kind="Secret")
    desired = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"license": "x"}}
    entries = take_from_helm(secret, desired) or []
    assert {entry["manager"]: entry["fieldsV1"] for entry in entries} == {
        ADOPT: {"f:type": {}},
        "helm": {"f:data": {"f:mongo-uri": {}}},
    }
    assert take_from_helm(live(*entries, kind="Secret"), desired) is None


def test_no_manager_of_the_takeover_remains() -> None:
    adopted = {**HELM, "manager": ADOPT, "operation": "Apply", "fieldsV1": {}}
    assert drop_adopt(live(adopted, KUBELET)) == [KUBELET]
    assert drop_adopt(live(KUBELET)) is None


def test_every_field_of_the_provider_is_returned_to_helm() -> None:
    provider = {
        **HELM,
        "manager": "pulumi-kubernetes-1a2b",
        "operation": "Apply",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }
    (taken,) = take_from_provider(live(provider)) or []
    assert (taken["manager"], taken["operation"]) == (ADOPT, "Apply")
    for owner in (FieldOwner("helm", "Update"), FieldOwner("helm-controller", "Apply")):
        assert give_to_helm(live(taken, KUBELET), owner) == [
            KUBELET,
            {**HELM, **owner._asdict(), "fieldsV1": provider["fieldsV1"]},
        ]
    assert give_to_helm(live(KUBELET), FieldOwner("helm", "Apply")) is None


def test_merged_fields_are_all_fields_of_both() -> None:
    merged = merge_fields({"a": {"b": {}}}, {"a": {"c": {}}, "d": {}})
    assert merged == {"a": {"b": {}, "c": {}}, "d": {}}
