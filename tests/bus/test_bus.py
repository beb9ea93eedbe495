"""Every service of a rendered workspace finds the others, on real NATS servers."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.kube.objects import find_container, set_env
from components.manifests.workloads import find_workload
from components.services import ACCOUNT, NATS, PRESENCE, ROCKETCHAT
from tests.support.bus.brokers import Broker, BrokerEndedError
from tests.support.bus.workspace import EXTERNAL_HOST, Workspace, login_of, running_workspace
from tests.support.torture import LONG
from tests.support.waiting import wait_for

pytestmark = pytest.mark.bus

SEVERAL = {"rocketchat": 2, "presence": 2, "ddp_streamer": 3}
EXTERNAL = {"name": "their-nats", "key": "url"}
SHAPES: dict[str, dict[str, Any]] = {
    "one server": {"replicas": {"nats": 1}},
    "two servers": {},
    "three servers, several instances": {"replicas": {**SEVERAL, "nats": 3}},
    "a password": {"nats": {"authentication": True}},
    "external, by URL": {"nats_url": f"nats://rc:secret@{EXTERNAL_HOST}:4222"},
    "external, by Secret": {"nats": {"existing_secret": EXTERNAL}},
    "features kept": {"monolith_features": "enabled"},
    "features kept, with a password": {
        "monolith_features": "enabled",
        "nats": {"authentication": True},
    },
    "features kept, external": {
        "monolith_features": "enabled",
        "nats": {"existing_secret": EXTERNAL},
    },
    "several monoliths": {"mode": "monolith", "replicas": {"rocketchat": 3}},
}


@pytest.mark.parametrize("inputs", SHAPES.values(), ids=SHAPES)
def test_every_service_is_seen_from_every_server_and_answers_the_monolith(
    inputs: dict[str, Any], nats_server: Path, tmp_path: Path
) -> None:
    with running_workspace(inputs, nats_server, tmp_path) as workspace:
        workspace.start()
        assert len(workspace.brokers) == sum(
            number for name, number in workspace.spec.replicas.items() if name != NATS.name
        )
        for server in workspace.servers:
            assert workspace.seen_from(server) == workspace.offered
        monolith = workspace.broker(ROCKETCHAT)
        workspace.wait_for_everyone(monolith)
        for node, services in workspace.offered.items():
            for service in services:
                assert monolith.call(service, node) == node


def test_the_monolith_does_its_own_work_only_where_its_features_are_kept(
    nats_server: Path, tmp_path: Path
) -> None:
    found = {}
    for name in ("two servers", "features kept", "several monoliths"):
        with running_workspace(SHAPES[name], nats_server, tmp_path / name) as workspace:
            transporter = workspace.environment(ROCKETCHAT, "rocketchat-0")["TRANSPORTER"]
            found[name] = transporter.partition("://")[0]
    assert found == {
        "two servers": "nats",
        "features kept": "monolith+nats",
        "several monoliths": "monolith+nats",
    }


@pytest.mark.parametrize(
    "transporter", ["monolith+nats://chat-nats:4222", "tls://chat-nats:4222", "nats://nats:4222"]
)
def test_a_wrong_transporter_keeps_a_service_off_the_bus(
    transporter: str, nats_server: Path, tmp_path: Path
) -> None:
    """Proves that the tests above would notice."""
    with running_workspace({"replicas": {"nats": 1}}, nats_server, tmp_path) as workspace:
        workload = find_workload(workspace.objects, PRESENCE, "chat")
        container = find_container(workload, PRESENCE.container) if workload else None
        assert container is not None
        set_env(container, "TRANSPORTER", transporter)
        variables = workspace.environment(PRESENCE, "presence-0")
        broker = Broker("presence-0", PRESENCE, ["presence"], variables, workspace.hosts)
        try:
            with pytest.raises((BrokerEndedError, TimeoutError)):
                broker.wait_until_started(3)
        finally:
            broker.stop()


@pytest.mark.parametrize(
    "login", ["", "rocketchat:wrong@", "somebody:{password}@"], ids=["none", "wrong", "another"]
)
def test_with_a_password_nobody_else_gets_in(login: str, nats_server: Path, tmp_path: Path) -> None:
    with running_workspace(SHAPES["a password"], nats_server, tmp_path) as workspace:
        password = login_of(workspace)
        assert password
        variables = workspace.environment(ACCOUNT, "account-0")
        insider = Broker("account-0", ACCOUNT, ["account"], variables, workspace.hosts)
        url = f"nats://{login.format(password=password)}chat-nats:4222"
        stranger = Broker(
            "stranger", ACCOUNT, ["x"], {**variables, "TRANSPORTER": url}, workspace.hosts
        )
        try:
            insider.wait_until_started()
            with pytest.raises((BrokerEndedError, TimeoutError)):
                stranger.wait_until_started(3)
            wait_for(
                lambda: "authorization" in "".join(stranger.errors).lower(),
                "the stranger wasn't refused",
                seconds=10,
            )
            assert "stranger" not in insider.services()
        finally:
            insider.stop()
            stranger.stop()


@pytest.fixture
def calls(nats_server: Path, tmp_path: Path) -> Iterator[tuple[Workspace, list[str]]]:
    """A workspace on three servers whose monolith calls account all the time, and what failed."""
    inputs = {"replicas": {"account": 2, "nats": 3}}
    with running_workspace(inputs, nats_server, tmp_path) as workspace:
        workspace.start()
        monolith = workspace.broker(ROCKETCHAT)
        workspace.wait_for_everyone(monolith)
        failures: list[str] = []
        done = threading.Event()
        answered = []

        def call() -> None:
            while not done.is_set():
                try:
                    answered.append(monolith.call("account", seconds=2))
                except AssertionError as error:
                    failures.append(str(error))
                time.sleep(0.01)

        thread = threading.Thread(target=call)
        thread.start()
        try:
            wait_for(lambda: answered, "nothing was answered")
            yield workspace, failures
            before = len(answered)
            wait_for(lambda: len(answered) > before + 20, "calls don't go on")
        finally:
            done.set()
            thread.join()


def test_a_killed_server_loses_no_call_that_is_retried(
    calls: tuple[Workspace, list[str]],
) -> None:
    workspace, failures = calls
    for server in workspace.servers:
        server.stop(signal.SIGKILL)
        time.sleep(2)
        server.start()
        wait_for(lambda: all(each.routes() == 2 for each in workspace.servers), "no routes")
    assert failures == []


def test_a_rolling_restart_of_nats_loses_no_call_that_is_retried(
    calls: tuple[Workspace, list[str]],
) -> None:
    """In a StatefulSet's order: the last first, and the next once that one is ready."""
    workspace, failures = calls
    for server in reversed(workspace.servers):
        if LONG:
            # The rendered preStop: for half a minute clients are sent to other servers.
            server.drain()
        server.stop(signal.SIGTERM)
        server.start()
        wait_for(lambda: all(each.routes() == 2 for each in workspace.servers), "no routes")
    assert failures == []
