"""The definition of a cluster in kwokctl's terms: programs, ports, flags, and kwok's stages."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

# What kwokctl calls the parts of a cluster, and the program that each is.
COMPONENTS = {
    "etcd": "etcd",
    "kube-apiserver": "kube-apiserver",
    "kube-controller-manager": "kube-controller-manager",
    "kube-scheduler": "kube-scheduler",
    "kwok-controller": "kwok",
}
PORTS = (
    "etcdPort",
    "etcdPeerPort",
    "kubeApiserverPort",
    "kubeControllerManagerPort",
    "kubeSchedulerPort",
    "kwokControllerPort",
)
# Each cluster has a block of ports. So two that choose the same one at the same time notice: etcd,
# the first to listen, can't. The range is below what systems give to outgoing connections, of which
# a starting cluster makes hundreds.
BLOCKS = range(20000, 30000, 10)
STAGES = Path(__file__).with_name("stages.yaml")
SEPARATOR = "\n---\n"


def compose(programs: Mapping[str, Path], ports: Mapping[str, int], folder: Path) -> str:
    """Return the documents that make kwokctl run `programs` on `ports`, with files in `folder`."""
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
            # Left to itself the server looks for a network, and ends where there is none.
            _flag("kube-apiserver", "advertise-address", "192.0.2.1"),
            # The addresses of load balancers in stages.yaml are made of these.
            _flag("kube-apiserver", "service-cluster-ip-range", "10.0.0.0/16"),
            # It is created where it isn't there, and by default that is in /usr.
            _flag("kube-controller-manager", "flex-volume-plugin-dir", str(folder / "volumes")),
            # With one of each there is nobody to elect. A candidate would wait for the lease of the
            # one that was killed, and end when the server is away for long.
            _flag("kube-controller-manager", "leader-elect", "false"),
            _flag("kube-scheduler", "leader-elect", "false"),
            # A kwok that holds no leases needn't wait for those of the one that was killed.
            _flag("kwok-controller", "node-lease-duration-seconds", "0"),
        ],
    }
    return json.dumps(configuration, indent=2) + SEPARATOR + STAGES.read_text(encoding="utf-8")


def ports(definition: str) -> dict[str, int]:
    """Return the ports in a definition, or none where it isn't whole."""
    try:
        options = json.loads(definition.partition(SEPARATOR)[0])["options"]
        return {option: int(options[option]) for option in PORTS}
    except (ValueError, KeyError):
        return {}


def choose_ports() -> dict[str, int]:
    """Return a block of free ports, or any block where there is none."""
    blocks = [
        {option: first + index for index, option in enumerate(PORTS)}
        for first in random.sample(BLOCKS, len(BLOCKS))
    ]
    return next(filter(free, blocks), blocks[0])


def free(ports: Mapping[str, int]) -> bool:
    """Return whether nobody listens on any of these."""
    return all(map(_free, ports.values()))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections that what listened before has left behind don't hinder who comes next.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _flag(component: str, key: str, value: str) -> dict[str, object]:
    return {"name": component, "extraArgs": [{"key": key, "value": value}]}
