"""What the rendered probes restart, played against processes that are slow, hang or lose the bus.

The seconds are those in docs/operations.md.
"""

import signal

import pytest

from components.kube.objects import find_container, pod_spec
from components.manifests.workloads import find_workload
from components.services import DDP_STREAMER, NATS, ROCKETCHAT, SERVICES, Service
from tests.support.go_build import NATS_SERVER, build_go_program
from tests.support.kubelet.fixtures import MakePod, Workspace
from tests.support.kubelet.pod import Pod
from tests.support.kubelet.processes import Bus

pytestmark = pytest.mark.bus

DEDICATED = [service for service in SERVICES if service.dedicated]
EVERY_DEDICATED = pytest.mark.parametrize("service", DEDICATED, ids=lambda item: item.name)
GIVEN_UP = 0.02
"""Seconds of a real answer that certainly doesn't arrive."""


@pytest.mark.parametrize(
    ("service", "seconds"),
    [*((service, 120) for service in DEDICATED), (ROCKETCHAT, 600)],
    ids=lambda item: getattr(item, "name", item),
)
def test_a_service_that_starts_slowly_is_left_alone_until_it_has_had_its_time(
    workspace: Workspace, make_pod: MakePod, service: Service, seconds: int
) -> None:
    slow = make_pod(workspace, service, listens=False)
    slow.run(seconds - 20)
    assert not slow.ready
    slow.process.command("listen")
    slow.process.wait_for("listening")
    slow.run(19)
    assert (slow.ready, slow.restarts) == (True, 0)

    never = make_pod(workspace, service, listens=False)
    never.patience = GIVEN_UP
    never.run(seconds - 11)
    assert never.restarts == 0
    never.run(11)
    assert never.restarts == 1


@EVERY_DEDICATED
def test_a_service_that_loses_the_bus_gets_no_work_and_is_not_restarted(
    workspace: Workspace, make_pod: MakePod, service: Service, bus: Bus
) -> None:
    pod = make_pod(workspace, service)
    pod.run(10)
    assert (pod.ready, pod.restarts) == (True, 0)
    bus.kill()
    pod.process.wait_for("off the bus")
    pod.run(15)
    assert (pod.ready, pod.restarts) == (False, 0)
    pod.run(10 * 60)
    assert (pod.ready, pod.restarts) == (False, 0)
    bus.start()
    pod.process.wait_for("on the bus")
    pod.run(5)
    assert (pod.ready, pod.restarts) == (True, 0)


def test_with_the_probes_of_the_chart_a_lost_bus_restarts_ddp_streamer(
    unpatched_workspace: Workspace, make_pod: MakePod, bus: Bus
) -> None:
    pod = make_pod(unpatched_workspace, DDP_STREAMER)
    pod.run(10)
    bus.kill()
    pod.process.wait_for("off the bus")
    pod.run(30)
    assert pod.restarts == 1


@EVERY_DEDICATED
def test_a_service_that_hangs_for_ten_minutes_gets_no_work_and_is_not_restarted(
    workspace: Workspace, make_pod: MakePod, service: Service
) -> None:
    pod = make_pod(workspace, service)
    pod.run(10)
    pod.process.hang()
    pod.patience = GIVEN_UP
    pod.run(15)
    assert not pod.ready
    pod.run(600)
    assert (pod.ready, pod.restarts) == (False, 0)
    pod.process.signal(signal.SIGCONT)
    pod.patience = None
    pod.run(5)
    assert (pod.ready, pod.restarts) == (True, 0)


def test_a_service_that_hangs_for_good_is_restarted_once_its_queue_of_connections_is_full(
    workspace: Workspace, make_pod: MakePod
) -> None:
    """Node.js lets 511 connections wait, and every probe that isn't answered leaves one."""
    pod = make_pod(workspace, DDP_STREAMER)
    pod.run(10)
    pod.process.hang()
    pod.patience = GIVEN_UP
    pod.run(30 * 60)
    assert pod.restarts == 0
    pod.run(5 * 60)
    assert pod.restarts == 1


def test_a_monolith_that_hangs_is_restarted_within_two_minutes(
    workspace: Workspace, make_pod: MakePod
) -> None:
    pod = make_pod(workspace, ROCKETCHAT)
    pod.run(20)
    assert pod.ready
    pod.process.hang()
    pod.patience = GIVEN_UP
    pod.run(30)
    assert (pod.ready, pod.restarts) == (False, 0)
    pod.run(70)
    assert pod.restarts == 0
    pod.run(20)
    assert (pod.restarts, pod.exit_code) == (1, -signal.SIGKILL)
    pod.patience = None
    pod.run(20)
    assert pod.ready


def test_a_monolith_that_answers_again_within_100_seconds_is_not_restarted(
    workspace: Workspace, make_pod: MakePod
) -> None:
    pod = make_pod(workspace, ROCKETCHAT)
    pod.run(20)
    pod.process.hang()
    pod.patience = GIVEN_UP
    pod.run(100)
    pod.process.signal(signal.SIGCONT)
    pod.patience = None
    pod.run(10 * 60)
    assert (pod.ready, pod.restarts) == (True, 0)


@pytest.mark.parametrize("service", [ROCKETCHAT, *DEDICATED], ids=lambda item: item.name)
def test_a_process_that_ends_is_started_again(
    workspace: Workspace, make_pod: MakePod, service: Service
) -> None:
    pod = make_pod(workspace, service)
    pod.run(20)
    pod.process.signal(signal.SIGKILL)
    pod.process.wait()
    pod.run(20)
    assert (pod.ready, pod.restarts) == (True, 1)


def test_a_ddp_streamer_that_ignores_its_end_is_killed_60_seconds_after_the_drain_began(
    workspace: Workspace, make_pod: MakePod
) -> None:
    pod = make_pod(workspace, DDP_STREAMER)
    pod.process.command("stay")
    pod.process.wait_for("staying")
    pod.patience = GIVEN_UP
    pod.terminate()
    pod.process.wait_for("SIGTERM")
    assert (pod.now, pod.exit_code) == (60, -signal.SIGKILL)


def test_a_nats_server_that_hangs_is_restarted_within_90_seconds(workspace: Workspace) -> None:
    spec, objects = workspace
    workload = find_workload(objects, NATS, spec.release)
    container = find_container(workload or {}, NATS.container)
    assert workload is not None
    assert container is not None
    bus = Bus(build_go_program(NATS_SERVER), NATS.port)
    pod = Pod(pod_spec(workload), container, bus.address[0], bus.start)
    try:
        pod.run(30)
        assert pod.ready
        pod.process.hang()
        pod.patience = GIVEN_UP
        pod.run(60)
        assert pod.restarts == 0
        pod.run(30)
        assert pod.restarts == 1
    finally:
        pod.close()
