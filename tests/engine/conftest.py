"""The real engine, provider and control plane."""

from tests.support.cluster_fixtures import cluster, no_outside, program

__all__ = ["cluster", "no_outside", "program"]
