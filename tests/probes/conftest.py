"""Fixtures of the tests that play probes."""

from tests.support.kubelet.fixtures import bus, make_pod, unpatched_workspace, workspace

__all__ = ["bus", "make_pod", "unpatched_workspace", "workspace"]
