"""Settings for the report's property-based tests."""

from hypothesis import settings

# A slow machine is no failure.
settings.register_profile("report", deadline=None)
settings.load_profile("report")
