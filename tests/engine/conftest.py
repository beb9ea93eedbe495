"""The real engine, provider and control plane."""

from tests.support.foreign_variables import no_foreign_variables

__all__ = ["no_foreign_variables"]
