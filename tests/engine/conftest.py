"""The real engine, provider and control plane."""

from tests.support.cluster_fixtures import cluster, no_foreign_variables, program

__all__ = ["cluster", "no_foreign_variables", "program"]
