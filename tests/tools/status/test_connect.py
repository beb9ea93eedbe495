"""The way to a cluster, by a kubeconfig of any form."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tools.errors import ToolError
from tools.status.api import UNREACHABLE, ApiError, connect
from tools.status.observed import explained, read


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
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that takes every connection and says nothing, and the connections it took."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                connection, _ = server.accept()
                if not connection.recv(1):
                    connection.close()
                    return
                taken.append(connection)

        thread = Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        # A connection that says nothing ends the thread.
        socket.create_connection(server.getsockname()).close()
        thread.join()
        for each in taken:
            each.close()


def test_a_kubeconfig_is_a_file_yaml_or_json_in_one_line(tmp_path: Path) -> None:
    held = kubeconfig("https://cluster.example.com:6443")
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(held), encoding="utf-8")
    for text in (str(file), yaml.safe_dump(held), json.dumps(held)):
        with connect(kubeconfig=text) as api:
            assert api.server == "https://cluster.example.com:6443"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"clusters": [', "the kubeconfig isn't YAML"),
        ("a: [\nb", "the kubeconfig isn't YAML"),
        ("a: 1\nb: 2\n", "gives no cluster for context here"),
        ("\n", "gives no cluster for context here"),
        ("/nowhere/at/all", "gives no cluster for context here"),
    ],
)
def test_a_kubeconfig_that_is_none_is_told(text: str, words: str) -> None:
    with pytest.raises(ApiError, match=words) as told:
        connect("here", text)
    assert told.value.status == UNREACHABLE


def test_a_file_that_is_not_yaml_is_told(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("a: [\nb", encoding="utf-8")
    with pytest.raises(ApiError, match="the kubeconfig isn't YAML"):
        connect("here", str(tmp_path / "kubeconfig"))


@pytest.mark.parametrize("text", ["not a kubeconfig", "- a\n- b\n"])
def test_a_kubeconfig_file_without_an_object_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text, encoding="utf-8")
    with pytest.raises(ApiError, match="the kubeconfig isn't an object"):
        connect("here", str(tmp_path / "kubeconfig"))


def test_a_silent_server_is_asked_once(silent: tuple[str, list[socket.socket]]) -> None:
    server, taken = silent
    text = json.dumps(kubeconfig(server))
    with connect(kubeconfig=text) as api, pytest.raises(ApiError) as told:
        api.send("GET", "/version", seconds=0.3)
    assert told.value.status == UNREACHABLE
    assert len(taken) == 1


def test_no_cluster_is_one_sentence_and_what_to_do() -> None:
    with connect(kubeconfig=json.dumps(kubeconfig("http://127.0.0.1:1"))) as api:
        with pytest.raises(ToolError) as told:
            read(api, "chat")
        assert "The cluster at http://127.0.0.1:1 doesn't answer: " in str(told.value)
        assert "refused" in str(told.value)
        assert "\n" not in str(told.value)
        assert "Renew your log-in" in str(explained(api, ApiError(401, "no"), "list pods"))
        assert "Kubernetes' own `view`" in str(explained(api, ApiError(403, "no"), "list pods"))
