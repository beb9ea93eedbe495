"""What others have changed, by the fields that Kubernetes says they own."""

from typing import Any

import pytest

from components.manifests.drift import (
    ABSENT,
    Drift,
    describe,
    find_drift,
    helm_releases,
    other_stacks,
    owner_of,
)

OURS = "pulumi-kubernetes-prod"
PREFIX = "pulumi-kubernetes-"
IMAGE = "spec.template.spec.containers[main].image"


def fields(*paths: str) -> dict[str, Any]:
    """A set of fields, from paths such as `f:spec/f:replicas`."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for step in path.split("/"):
            node = node.setdefault(step, {})
    return tree


MAIN = 'f:spec/f:template/f:spec/f:containers/k:{"name":"main"}'
ALL = ("f:spec/f:replicas", f"{MAIN}/f:image", f"{MAIN}/f:name", "f:spec/f:selector")


def entry(manager: str, *paths: str, **more: str) -> dict[str, Any]:
    operation = "Apply" if manager.startswith(PREFIX) else "Update"
    return {"manager": manager, "operation": operation, "fieldsV1": fields(*paths), **more}


def deployment(*entries: dict[str, Any], replicas: int = 2, image: str = "a:1") -> dict[str, Any]:
    container = {"name": "main", "image": image}
    metadata = {"name": "chat", "managedFields": list(entries)}
    return {
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"spec": {"containers": [container]}},
        },
    }


def declared() -> dict[str, Any]:
    obj = deployment()
    del obj["metadata"]["managedFields"]
    return obj


def without(*removed: str) -> tuple[str, ...]:
    return tuple(path for path in ALL if path not in removed)


def test_what_nobody_has_touched_is_no_drift() -> None:
    assert find_drift([declared()], [deployment(entry(OURS, *ALL))], OURS) == []
    assert find_drift([declared()], [], OURS) == []


@pytest.mark.parametrize("manager", ["kubectl", "helm", "argocd-controller", "Terraform"])
def test_a_field_that_another_manager_has_changed_is_a_drift(manager: str) -> None:
    live = deployment(
        entry(OURS, *without("f:spec/f:replicas")),
        entry(manager, "f:spec/f:replicas", subresource="scale"),
        replicas=5,
    )
    (drift,) = find_drift([declared()], [live], OURS)
    assert drift == Drift("Deployment/chat", "spec.replicas", manager, 5, 2)
    assert find_drift([declared()], [live], OURS, [("Deployment", "chat")]) == []


def test_an_item_of_a_list_is_found_by_its_key() -> None:
    live = deployment(
        entry(OURS, *without(f"{MAIN}/f:image")), entry("kubectl-set", f"{MAIN}/f:image"), image="b"
    )
    (drift,) = find_drift([declared()], [live], OURS)
    assert (drift.field, drift.current, drift.desired) == (IMAGE, "b", "a:1")


def test_a_field_with_the_same_value_is_no_drift_whoever_owns_it() -> None:
    live = deployment(entry(OURS, *ALL), entry("helm", *ALL))
    assert find_drift([declared()], [live], OURS) == []
    assert find_drift([declared()], [deployment(entry("helm", *ALL))], OURS) == []


def test_an_atomic_field_is_compared_as_a_whole() -> None:
    live = deployment(entry(OURS, *without("f:spec/f:selector")), entry("x", "f:spec/f:selector"))
    assert find_drift([declared()], [live], OURS) == []
    live["spec"]["selector"]["matchLabels"] = {"a": "c"}
    (drift,) = find_drift([declared()], [live], OURS)
    assert drift.field == "spec.selector"


def test_equal_quantities_are_no_drift() -> None:
    obj, live = declared(), deployment(entry(OURS, *ALL), entry("x", f"{MAIN}/f:resources/f:cpu"))
    for target, amount in ((obj, "500m"), (live, "0.5")):
        target["spec"]["template"]["spec"]["containers"][0]["resources"] = {"cpu": amount}
    assert find_drift([obj], [live], OURS) == []


def test_a_field_that_is_gone_has_no_manager() -> None:
    live = deployment(entry(OURS, *without(f"{MAIN}/f:image")))
    del live["spec"]["template"]["spec"]["containers"][0]["image"]
    (drift,) = find_drift([declared()], [live], OURS)
    assert drift == Drift("Deployment/chat", IMAGE, "", ABSENT, "a:1")


def test_what_kubectl_has_added_is_removed_and_what_others_have_added_stays() -> None:
    note = "f:metadata/f:annotations/f:note"
    for manager, expected in (("kubectl-annotate", 1), ("cert-manager", 0)):
        live = deployment(entry(OURS, *ALL), entry(manager, note))
        live["metadata"]["annotations"] = {"note": "mine"}
        found = find_drift([declared()], [live], OURS)
        assert len(found) == expected
        assert all(drift.desired is ABSENT for drift in found)
    live["metadata"]["managedFields"][1] = entry("kubectl", note, subresource="status")
    assert find_drift([declared()], [live], OURS) == []


def test_a_declared_field_is_not_removed() -> None:
    live = deployment(entry(OURS, *ALL), entry("kubectl-edit", *ALL))
    assert find_drift([declared()], [live], OURS) == []


@pytest.mark.parametrize(
    ("drift", "updated", "expected"),
    [
        (
            Drift("D/x", "spec.replicas", "kubectl", 5, 3),
            True,
            "kubectl set 5; this update sets 3.",
        ),
        (
            Drift("D/x", "spec.replicas", "kubectl", 5, 3),
            False,
            (
                "kubectl set 5; the stack says 3. `pulumi up --refresh` sets it back, and an update"
                " without --refresh leaves it."
            ),
        ),
        (
            Drift("D/x", "spec.replicas", "", 0, 3),
            True,
            "somebody set 0; this update sets 3.",
        ),
        (
            Drift("D/x", "metadata.labels.a", "", ABSENT, "b"),
            True,
            "was removed by hand; this update sets b.",
        ),
    ],
)
def test_a_drift_says_who_set_what_and_what_it_becomes(
    *, drift: Drift, updated: bool, expected: str
) -> None:
    assert describe(drift, updated=updated) == f"D/x {drift.field}: {expected}"


def test_values_that_may_be_secret_are_not_shown_and_a_restart_is_reported() -> None:
    path = "spec.template.spec.containers[main].env[TOKEN].value"
    message = describe(Drift("D/x", path, "kubectl", "canary", "bird"), updated=True)
    assert message == (
        f"D/x {path}: kubectl set another value; this update sets it back. That restarts its pods."
    )
    url = Drift("D/x", "metadata.annotations.a", "kubectl", "redis://u:canary@x", "y")
    assert "canary" not in describe(url, updated=True)


def test_the_owner_of_a_field_is_who_wrote_it_last() -> None:
    live = deployment(
        entry("first", "f:spec/f:replicas", time="2026-01-01T00:00:00Z"),
        entry("last", "f:spec/f:replicas", time="2026-01-02T00:00:00Z"),
    )
    assert owner_of(live, "spec", "replicas") == "last"
    assert owner_of(live, "spec", "paused") == ""


def test_another_stack_that_has_written_since_is_found_by_its_name() -> None:
    early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"

    def found(*entries: dict[str, Any]) -> dict[str, list[str]]:
        return other_stacks([declared()], [deployment(*entries)], OURS, PREFIX)

    other = f"{PREFIX}staging"
    assert found(entry(other, *ALL, time=early)) == {"staging": ["Deployment/chat"]}
    both = found(entry(OURS, *ALL, time=early), entry(other, *ALL, time=late))
    assert both == {"staging": ["Deployment/chat"]}
    assert found(entry(OURS, *ALL, time=late), entry(other, *ALL, time=early)) == {}
    # The provider's own random name is none of a stack.
    assert found(entry(f"{PREFIX}0a1b2c3d", *ALL, time=late)) == {}
    assert other_stacks([], [deployment(entry(other, *ALL))], OURS, PREFIX) == {}


def test_what_helm_has_installed_and_no_stack_has_written_is_found() -> None:
    live = deployment(entry("helm", *ALL))
    live["metadata"]["annotations"] = {"meta.helm.sh/release-name": "talk"}
    assert helm_releases([declared()], [live], PREFIX) == {"talk": ["Deployment/chat"]}
    live["metadata"]["managedFields"].append(entry(OURS, *ALL))
    assert helm_releases([declared()], [live], PREFIX) == {}


def test_what_is_empty_may_be_left_out_by_kubernetes_whoever_owns_it() -> None:
    live = deployment(entry("rocketchat-adopt", *ALL, "f:spec/f:empty"))
    assert find_drift([{**declared(), "spec": {"empty": {}}}], [live], OURS) == []
    (drift,) = find_drift([{**declared(), "spec": {"empty": {"a": "b"}}}], [live], OURS)
    assert drift.current is ABSENT


def test_of_a_secret_only_the_metadata_is_compared() -> None:
    owned = entry("rocketchat-adopt", "f:type", "f:metadata/f:labels/f:a")
    metadata = {"name": "chat", "labels": {"a": "x"}}
    live = {"kind": "Secret", "metadata": {**metadata, "managedFields": [owned]}}
    desired = {"kind": "Secret", "type": "Opaque", "metadata": {**metadata, "labels": {"a": "b"}}}
    (drift,) = find_drift([desired], [live], OURS)
    assert drift.field == "metadata.labels.a"
