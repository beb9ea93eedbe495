"""Changes to objects that only the engine can make."""

from typing import Any

import pulumi

from components.deploy.transforms import add_secret_checksums, pod_overrides_transform


def deployment(name: str, secret: str | None = None) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "main"}
    if secret:
        container["envFrom"] = [{"secretRef": {"name": secret}}]
    return {
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


def annotations(obj: dict[str, Any]) -> object:
    return obj["spec"]["template"].get("metadata", {}).get("annotations")


def test_pods_are_annotated_with_the_digests_of_the_secrets_that_they_read() -> None:
    reads, reads_another, reads_none = (
        deployment("a", "url"),
        deployment("b", "another"),
        deployment("c"),
    )
    reads["spec"]["template"]["metadata"] = {"annotations": {"own": "1"}}
    service = {"kind": "Service", "metadata": {"name": "d"}, "spec": {}}
    digests: Any = {"url": "digest"}
    objects = [reads, reads_another, reads_none, service]
    assert add_secret_checksums(objects, digests) is objects
    assert annotations(reads) == {"own": "1", "checksum/url": "digest"}
    assert annotations(reads_another) is None
    assert annotations(reads_none) is None
    assert service == {"kind": "Service", "metadata": {"name": "d"}, "spec": {}}


def test_an_override_reaches_the_workload_that_it_names_and_no_other_object() -> None:
    opts = pulumi.ResourceOptions(protect=True)
    transform = pod_overrides_transform({"a": {"spec": {"priorityClassName": "high"}}})

    def transformed(props: dict[str, Any]) -> Any:  # noqa: ANN401 - a result or None
        return transform(pulumi.ResourceTransformArgs(True, "t", "n", props, opts))  # noqa: FBT003

    result = transformed(deployment("a"))
    assert result.props["spec"]["template"]["spec"]["priorityClassName"] == "high"
    assert result.opts is opts
    assert transformed(deployment("b")) is None
    assert transformed({"kind": "Service", "metadata": {"name": "a"}, "spec": {}}) is None
