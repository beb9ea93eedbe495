"""Fields handed from one manager to another."""

from typing import Any

from tools.adopt.ownership import OURS, dropped, reclaimed, returned, taken, union

HELM = {"manager": "helm", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1"}
STATUS = {"manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": {}}


def live(*entries: dict[str, Any], kind: str = "Deployment") -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "a", "managedFields": list(entries)}}


def test_helms_fields_are_taken_and_nobody_elses() -> None:
    theirs = {**HELM, "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    one = live(theirs, STATUS)
    came = taken(one, live())
    assert came == [STATUS, {**theirs, "manager": OURS, "operation": "Apply"}]
    # Done again, there is nothing left to do.
    assert taken(live(*came), live()) is None


def test_an_interrupted_handover_is_joined() -> None:
    one = live(
        {**HELM, "fieldsV1": {"f:spec": {"f:a": {}}}},
        {**HELM, "manager": OURS, "operation": "Apply", "fieldsV1": {"f:spec": {"f:b": {}}}},
    )
    (entry,) = taken(one, live()) or []
    assert entry["fieldsV1"] == {"f:spec": {"f:a": {}, "f:b": {}}}


def test_data_that_pods_still_read_stays_helms() -> None:
    fields: dict[str, Any] = {"f:data": {"f:mongo-uri": {}, "f:license": {}}, "f:type": {}}
    one = live({**HELM, "fieldsV1": fields}, kind="Secret")
    wanted = {"kind": "Secret", "metadata": {"name": "a"}, "data": {"license": "x"}}
    came = taken(one, wanted) or []
    held = {entry["manager"]: entry["fieldsV1"] for entry in came}
    assert held == {OURS: {"f:type": {}}, "helm": {"f:data": {"f:mongo-uri": {}}}}
    assert taken(live(*came, kind="Secret"), wanted) is None


def test_the_takeover_leaves_no_manager_of_its_own() -> None:
    theirs = {**HELM, "manager": OURS, "operation": "Apply", "fieldsV1": {}}
    assert dropped(live(theirs, STATUS)) == [STATUS]
    assert dropped(live(STATUS)) is None


def test_handed_back_all_is_helms() -> None:
    pulumi = {
        **HELM,
        "manager": "pulumi-kubernetes-1a2b",
        "operation": "Apply",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }
    (taken_back,) = reclaimed(live(pulumi)) or []
    assert (taken_back["manager"], taken_back["operation"]) == (OURS, "Apply")
    assert returned(live(taken_back, STATUS)) == [STATUS, {**HELM, "fieldsV1": pulumi["fieldsV1"]}]
    assert returned(live(STATUS)) is None


def test_a_union_is_all_fields_of_both() -> None:
    assert union({"a": {"b": {}}}, {"a": {"c": {}}, "d": {}}) == {"a": {"b": {}, "c": {}}, "d": {}}
