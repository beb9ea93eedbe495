"""Pod templates that keep what Helm gave them."""

from typing import Any

from components.manifests.pod_overrides import (
    override_template,
    override_warnings,
    unknown_workloads,
)
from tests.support.components import CANARY


def workload(name: str) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "template": {"spec": {"containers": [{"name": "x", "image": "i"}]}},
        },
    }


PATCH = {"spec": {"containers": {"x": {"env": [{"name": "L", "value": CANARY}]}}}}


def test_override_changes_the_template_of_its_workload_only() -> None:
    obj = workload("chat-rocketchat")
    patched = override_template(obj, {"chat-rocketchat": PATCH})
    (container,) = patched["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "x", "image": "i", "env": [{"name": "L", "value": CANARY}]}
    assert patched["spec"]["replicas"] == 2
    assert override_template(obj, {"chat-presence": PATCH}) is obj
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "chat-rocketchat"}, "spec": {}}
    assert override_template(policy, {"chat-rocketchat": PATCH}) is policy


def test_every_preview_warns_of_overrides_by_path_and_shows_no_value() -> None:
    overrides = {"a": PATCH, "b": {}}
    (warning,) = override_warnings(overrides, [workload("a"), workload("b")], str.upper)
    assert "POD_TEMPLATE_OVERRIDES: the pods of Deployment/a keep" in warning
    assert "spec.containers.x.env" in warning
    assert CANARY not in warning


def test_overrides_for_unknown_workloads_are_an_error_that_lists_the_known_ones() -> None:
    workloads = [workload("b"), workload("a")]
    assert unknown_workloads({"a": PATCH, CANARY: PATCH}, workloads, str.upper) == (
        "POD_TEMPLATE_OVERRIDES: 1 of its keys match no workload. Remove all but those of a, b."
    )
    assert unknown_workloads({"a": PATCH}, workloads, str.upper) == ""
