"""What the cluster says of the Gateway that is to lead people to the workspace."""

from typing import Any

import pytest

from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.manifests.gateway_admission import LiveGateway, gateway_error, gateway_warnings
from tests.support.components import inputs


def listener(**more: object) -> dict[str, Any]:
    return {
        "name": "https",
        "protocol": "HTTPS",
        "allowedRoutes": {"namespaces": {"from": "All"}},
        **more,
    }


def live_gateway(spec: WorkspaceSpec, **found: Any) -> LiveGateway:  # noqa: ANN401 - its fields
    assert spec.gateway is not None
    return LiveGateway(spec.gateway, **found)


def reported(
    *listeners: dict[str, Any], labels: dict[str, str] | None = None, **args: object
) -> str:
    gateway = {"metadata": {"name": "public"}, "spec": {"listeners": [*listeners]}}
    given = {"gateway": {"name": "public", "namespace": "gateway"}, **args}
    spec = resolve(inputs(namespace="chat", **given))
    live = live_gateway(spec, gateway=gateway, namespace_labels=labels or {})
    assert gateway_error(spec, live) == ""
    return "\n".join(gateway_warnings(spec, live))


def allowed(**namespaces: object) -> dict[str, Any]:
    return listener(allowedRoutes={"namespaces": namespaces})


def test_a_gateway_that_takes_the_route_is_not_reported() -> None:
    assert reported(listener()) == ""
    assert reported(listener(protocol="HTTP")) == ""
    assert reported(listener(hostname="*.example.com")) == ""
    assert (
        reported(listener(name="a"), listener(), gateway={"name": "public", "section": "a"}) == ""
    )
    assert reported(allowed(**{"from": "Same"}), gateway={"name": "public"}) == ""


def test_a_cluster_without_the_gateway_api_is_an_error() -> None:
    spec = resolve(inputs(gateway={"name": "public"}))
    error = gateway_error(spec, live_gateway(spec, installed=False))
    assert error.startswith("gateway: the cluster has no HTTPRoute")


@pytest.mark.parametrize(
    ("listeners", "args", "words"),
    [
        ([listener(protocol="TLS")], {}, "has no listener for HTTP. It has: https."),
        (
            [listener()],
            {"gateway": {"name": "public", "section": "web"}},
            "has no listener web for HTTP",
        ),
        ([allowed(**{"from": "Same"})], {}, "admits routes from namespace chat"),
        ([listener(allowedRoutes={})], {}, "admits routes from namespace chat"),
        ([allowed(**{"from": "None"})], {}, "admits routes from namespace chat"),
        ([listener(hostname="other.example.com")], {}, "is for chat.example.com"),
        ([listener(hostname="*.chat.example.com")], {}, "is for chat.example.com"),
        (
            [listener(hostname="chat.example.com")],
            {"extra_hosts": [{"host": "www.example.com"}]},
            "is for www.example.com",
        ),
    ],
)
def test_what_keeps_people_out_is_reported(
    listeners: list[dict[str, Any]], args: dict[str, Any], words: str
) -> None:
    warning = reported(*listeners, **args)
    assert words in warning
    assert warning.count("\n") == 0


def test_a_gateway_that_is_not_there_is_reported() -> None:
    spec = resolve(inputs(gateway={"name": "public", "namespace": "gateway"}))
    (warning,) = gateway_warnings(spec, live_gateway(spec))
    assert warning == (
        "gateway: there is no Gateway gateway/public yet. Until there is, nobody reaches this."
    )


@pytest.mark.parametrize(
    ("selector", "admitted"),
    [
        ({"matchLabels": {"team": "chat"}}, True),
        ({"matchLabels": {"team": "web"}}, False),
        ({"matchLabels": {"kubernetes.io/metadata.name": "chat"}}, True),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["chat"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["chat"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_admits_by_the_labels_of_the_namespace(
    selector: dict[str, Any], *, admitted: bool
) -> None:
    warning = reported(
        allowed(**{"from": "Selector", "selector": selector}), labels={"team": "chat"}
    )
    assert (warning == "") is admitted
