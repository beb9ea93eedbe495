"""Fixtures: a bus, a rendered workspace, and pods that are played."""

from collections.abc import Callable, Iterator

import pytest

from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.kube.objects import KubernetesObject, find_container, pod_spec
from components.manifests.patches import apply_patches
from components.manifests.workloads import find_workload
from components.services import NATS, Service
from tests.support.go_build import NATS_SERVER, build_go_program
from tests.support.kubelet.pod import Pod
from tests.support.kubelet.processes import Bus, Process, stand_in
from tests.support.loopback import draw_addresses
from tests.support.paths import SIMULATION_CHART
from tests.support.rendering import NEEDED, chart_of, render

Workspace = tuple[WorkspaceSpec, list[KubernetesObject]]
"""What the inputs mean, and the objects that run it."""
MakePod = Callable[..., Pod]
"""Makes a pod of a workspace's service."""


@pytest.fixture
def bus() -> Iterator[Bus]:
    """The bus, a NATS server that runs."""
    server = Bus(build_go_program(NATS_SERVER), NATS.port)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """A workspace with few inputs, and its objects."""
    return _render()


@pytest.fixture(scope="session")
def unpatched_workspace() -> Workspace:
    """The same with the probes and the rollouts that the chart has."""
    return _render(resilience={"enabled": False})


@pytest.fixture
def make_pod(bus: Bus) -> Iterator[MakePod]:
    """Makes a pod of a service, whose process listens at once unless `listens` is false."""
    pods: list[Pod] = []

    def make(
        workspace: Workspace,
        service: Service,
        *,
        listens: bool = True,
    ) -> Pod:
        spec, objects = workspace
        workload = find_workload(objects, service, spec.release)
        assert workload is not None
        container = find_container(workload, service.container)
        assert container is not None
        address = draw_addresses(1, service.port)[0], service.port

        def start() -> Process:
            process = stand_in(address, bus.address)
            if bus.runs:
                process.wait_for("on the bus")
            if listens:
                process.command("listen")
                process.wait_for("listening")
            return process

        pods.append(Pod(pod_spec(workload), container, address[0], start))
        return pods[-1]

    yield make
    for pod in pods:
        pod.close()


def _render(**inputs: object) -> Workspace:
    spec = resolve({**NEEDED, **inputs})
    objects = render(SIMULATION_CHART, spec)
    return spec, apply_patches(objects, spec, chart_of(SIMULATION_CHART).app_version)
