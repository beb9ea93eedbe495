"""Fixtures for the tests of takeovers."""

from hypothesis import settings

from tests.support.helm_repository import repository

# A test must not fail for a busy machine, and must fail for the same inputs everywhere.
settings.register_profile("adopt", deadline=None, derandomize=True, database=None)
settings.load_profile("adopt")
__all__ = ["repository"]
