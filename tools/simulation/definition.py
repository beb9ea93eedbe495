"""The definition of a cluster for kwokctl: its programs, ports and flags, and kwok's stages."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

COMPONENTS = {
    "etcd": "etcd",
    "kube-apiserver": "kube-apiserver",
    "kube-controller-manager": "kube-controller-manager",
    "kube-scheduler": "kube-scheduler",
    "kwok-controller": "kwok",
}
"""The program of each component, by kwokctl's name for it."""
PROGRAMS = (*COMPONENTS.values(), "kwokctl")
"""What the cluster needs."""
PORTS = (
    "etcdPort",
    "etcdPeerPort",
    "kubeApiserverPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)
PORT_BLOCKS = range(20000, 30000, 10)
"""The first port of each block; a cluster takes one block.

If two clusters choose the same block at the same time, the etcd of one can't listen and ends. The
range is below that of outgoing connections, of which a starting cluster makes hundreds.
"""
STAGES = Path(__file__).with_name("stages.yaml")
SEPARATOR = "\n---\n"


def compose(programs: Mapping[str, Path], ports: Mapping[str, int], folder: Path) -> str:
    """Returns the documents that make kwokctl run `programs` on `ports`, with files in `folder`."""
    configuration = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",
            "disableQPSLimits": True,
            "etcdBinary": str(programs["etcd"]),
            "kubeApiserverBinary": str(programs["kube-apiserver"]),
            "kubeControllerManagerBinary": str(programs["kube-controller-manager"]),
            "kubeSchedulerBinary": str(programs["kube-scheduler"]),
            "kwokControllerBinary": str(programs["kwok"]),
            **ports,
        },
        "componentsPatches": [
            # By default the server looks for a network, and ends if there is none.
            _flag("kube-apiserver", "advertise-address", "192.0.2.1"),
            # stages.yaml derives the addresses of load balancers from these.
            _flag("kube-apiserver", "service-cluster-ip-range", "10.0.0.0/16"),
            # The manager creates this folder; the default is in /usr.
            _flag("kube-controller-manager", "flex-volume-plugin-dir", str(folder / "volumes")),
            # There is only one of each. A candidate would wait for the lease of the one that was
            # killed, and end if the server is away for long.
            _flag("kube-controller-manager", "leader-elect", "false"),
            _flag("kube-scheduler", "leader-elect", "false"),
            # Without leases, kwok needn't wait for those of the one that was killed.
            _flag("kwok-controller", "node-lease-duration-seconds", "0"),
        ],
    }
    return json.dumps(configuration, indent=2) + SEPARATOR + STAGES.read_text(encoding="utf-8")


def ports(definition: str) -> dict[str, int]:
    """Returns the ports in a definition, or none if it is incomplete."""
    try:
        options = json.loads(definition.partition(SEPARATOR)[0])["options"]
        return {option: int(options[option]) for option in PORTS}
    except (ValueError, KeyError):
        return {}


def choose_ports() -> dict[str, int]:
    """Returns a block of free ports, or any block if there is none."""
    blocks = [
        {option: first + index for index, option in enumerate(PORTS)}
        for first in random.sample(PORT_BLOCKS, len(PORT_BLOCKS))
    ]
    return next(filter(are_free, blocks), blocks[0])


def are_free(ports: Mapping[str, int]) -> bool:
    """Returns whether nothing listens on any of `ports`."""
    return all(map(_is_free, ports.values()))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections that a previous listener left behind don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _flag(component: str, key: str, value: str) -> dict[str, object]:
    return {"name": component, "extraArgs": [{"key": key, "value": value}]}
