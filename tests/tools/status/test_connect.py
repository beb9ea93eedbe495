"""Connections to a cluster, by a kubeconfig of any form."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from components.kube.api import UNREACHABLE, ApiError, connect
from tools.errors import ToolError
from tools.status.observed import observe, to_tool_error


def kubeconfig(server: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "one", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "none"}}],
        "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me"}}],
        "current-context": "here",
    }


@pytest.fixture
def silent_server() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that accepts every connection and sends nothing, and the connections so far."""
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                connection, _ = server.accept()
                if not connection.recv(1):
                    connection.close()
                    return
                connections.append(connection)

        thread = Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", connections
        # A connection that sends nothing ends the thread.
        socket.create_connection(server.getsockname()).close()
        thread.join()
        for connection in connections:
            connection.close()


def test_a_kubeconfig_is_a_file_or_yaml_or_json_in_one_line(tmp_path: Path) -> None:
    config = kubeconfig("https://cluster.example.com:6443")
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    for text in (str(file), yaml.safe_dump(config), json.dumps(config)):
        with connect(kubeconfig=text) as api:
            assert api.server == "https://cluster.example.com:6443"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"clusters": [', "the kubeconfig isn't YAML"),
        ("a: [\nb", "the kubeconfig isn't YAML"),
        ("a: 1\nb: 2\n", "has no cluster for context here"),
        ("\n", "has no cluster for context here"),
        ("/nowhere/at/all", "has no cluster for context here"),
    ],
)
def test_an_invalid_kubeconfig_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ApiError, match=message) as error:
        connect("here", text)
    assert error.value.status == UNREACHABLE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\nb", "the kubeconfig isn't YAML"),
        ("not a kubeconfig", "the kubeconfig isn't an object"),
        ("- a\n- b\n", "the kubeconfig isn't an object"),
    ],
)
def test_an_invalid_kubeconfig_file_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "kubeconfig").write_text(text, encoding="utf-8")
    with pytest.raises(ApiError, match=message):
        connect("here", str(tmp_path / "kubeconfig"))


def test_a_silent_server_is_tried_once(
    silent_server: tuple[str, list[socket.socket]],
) -> None:
    url, connections = silent_server
    with connect(kubeconfig=json.dumps(kubeconfig(url))) as api, pytest.raises(ApiError) as error:
        api.send("GET", "/version", seconds=0.3)
    assert error.value.status == UNREACHABLE
    assert len(connections) == 1


def test_an_unreachable_cluster_is_one_line_that_says_what_to_do() -> None:
    with connect(kubeconfig=json.dumps(kubeconfig("http://127.0.0.1:1"))) as api:
        with pytest.raises(ToolError) as error:
            observe(api, "chat")
        assert "The cluster at http://127.0.0.1:1 doesn't answer: " in str(error.value)
        assert "refused" in str(error.value)
        assert "\n" not in str(error.value)
        assert "Renew your log-in" in str(to_tool_error(api, ApiError(401, "no"), "list pods"))
        assert "Kubernetes' own `view`" in str(to_tool_error(api, ApiError(403, "no"), "list pods"))
