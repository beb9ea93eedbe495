"""A workspace behind a Gateway, with the real kinds of the Gateway API."""

from typing import Any

import pytest
from kubernetes import client

from tests.support.program import Program
from tests.support.waiting import wait_for
from tools.status.__main__ import HEALTHY, UNHEALTHY, main

pytestmark = pytest.mark.engine

PUBLIC: dict[str, Any] = {"gateway": {"name": "public", "namespace": "gateway"}}
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes"


def _routes(program: Program) -> dict[str, Any]:
    with program.cluster.api() as api:
        items = api.items(ROUTES.format(program.namespace))
    return {item["metadata"]["name"]: item for item in items}


def _ingresses(program: Program) -> int:
    with program.cluster.client() as api:
        networking: Any = client.NetworkingV1Api(api)
        return len(networking.list_namespaced_ingress(program.namespace).items)


def _warnings(program: Program, **config: object) -> str:
    program.configure(**config)
    program.stack()
    return program.run("preview", "--stack", "test", "--color", "never").stdout


def test_a_workspace_moves_from_its_ingress_to_a_gateway_and_both_lead_there_meanwhile(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.up()
    program.up(**PUBLIC, ingress={"enabled": True})
    assert _ingresses(program) == len(_routes(program)) == 1
    extra = {"extraHosts": [{"host": "www.example.com"}]}
    result = program.up(**PUBLIC, **extra)
    assert _ingresses(program) == 0
    route = _routes(program)["chat-rocketchat"]
    assert route["spec"]["hostnames"] == ["chat.example.com", "www.example.com"]
    assert route["spec"]["rules"][0]["timeouts"]["request"] == "0s"
    assert result.outputs["routes"]["/websocket"] == "chat-ddp-streamer:3000"
    wait_for(lambda: "parents" in _routes(program)["chat-rocketchat"].get("status", {}))
    assert program.preview(**PUBLIC, **extra)["changeSummary"].keys() == {"same"}
    assert main(["--simulated", "--stack", "test"], program.simulation) == HEALTHY

    with program.cluster.api() as api:
        path = f"{ROUTES.format(program.namespace)}/chat-rocketchat"
        api.send("DELETE", path)
    capsys.readouterr()
    assert main(["--simulated", "--stack", "test"], program.simulation) == UNHEALTHY
    assert "isn't on the cluster, so no Gateway leads anybody here" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_gateway_that_keeps_people_out_is_reported_in_the_preview(program: Program) -> None:
    reported = _warnings(program, gateway={"name": "nowhere", "namespace": "gateway"})
    assert "gateway: there is no Gateway gateway/nowhere yet" in reported
    reported = _warnings(program, gateway={**PUBLIC["gateway"], "section": "other"})
    assert "has no listener other for HTTP. It has: http, https." in reported
    assert "gateway:" not in _warnings(program, **PUBLIC)


def test_a_workspace_at_http_and_another_port_says_so(program: Program) -> None:
    result = program.up(rootUrl="http://chat.example.com:8080")
    assert result.outputs["url"] == "http://chat.example.com:8080"
    url = program.environment_of("chat-rocketchat")["ROOT_URL"]
    assert url == "http://chat.example.com:8080"
