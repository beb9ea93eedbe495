"""Reading a namespace, against a local server."""

import json

import pytest

from components.deploy.cluster_state import OPTIONAL, REQUIRED, UnreadableError, read_snapshot
from components.failures.causes import pod_cause
from components.failures.crash_logs import MAX_BYTES
from components.kube.api import Api
from components.kube.connection import DirectConnection
from components.kube.paths import collection_path
from tests.support.http_server import Response, Server, serve

CANARY = "canary-1b7e"
LOG = (
    "/api/v1/namespaces/chat/pods/a/log?container=presence&previous=true&tailLines=60"
    f"&limitBytes={MAX_BYTES}"
)


def crashing() -> dict[str, object]:
    container = {
        "name": "presence",
        "ready": False,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
    }
    metadata = {"name": "a", "namespace": "chat"}
    return {"metadata": metadata, "status": {"containerStatuses": [container]}}


def prepare(server: Server, log: Response) -> None:
    empty = Response(json.dumps({"items": []}))
    kinds = {**REQUIRED, **OPTIONAL}
    server.responses = {
        collection_path(version, kind, "chat"): empty for kind, version in kinds.items()
    }
    server.responses["/api/v1/namespaces/chat/pods"] = Response(json.dumps({"items": [crashing()]}))
    server.responses[LOG] = log


def test_the_log_of_a_crashed_container_explains_the_crash() -> None:
    line = f"MongoServerError: Authentication failed. mongodb://rocket:{CANARY}@db"
    with serve() as server:
        prepare(server, Response(line))
        with Api(DirectConnection(server.url)) as api:
            snapshot = read_snapshot(api, "chat")
    assert snapshot.logs == {("a", "presence"): line}
    (pod,) = snapshot.pods
    cause = pod_cause(pod, snapshot)
    assert "MongoDB rejects the user or the password" in str(cause)
    assert CANARY not in str(cause)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_log_that_may_not_be_read_is_done_without(status: int) -> None:
    with serve() as server:
        prepare(server, Response("{}", status))
        with Api(DirectConnection(server.url)) as api:
            snapshot = read_snapshot(api, "chat")
    (pod,) = snapshot.pods
    assert "exit code 1" in str(pod_cause(pod, snapshot))


def test_events_that_may_not_be_listed_are_done_without_and_pods_are_not() -> None:
    with serve() as server:
        prepare(server, Response(""))
        server.responses["/api/v1/namespaces/chat/events"] = Response("{}", 403)
        with Api(DirectConnection(server.url)) as api:
            assert read_snapshot(api, "chat").events == []
            server.responses["/api/v1/namespaces/chat/pods"] = Response("{}", 403)
            with pytest.raises(UnreadableError) as error:
                read_snapshot(api, "chat")
    assert error.value.resource == "pods"
