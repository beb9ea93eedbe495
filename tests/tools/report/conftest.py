"""What the tests of the report share."""

from hypothesis import settings

# How long a machine takes says nothing of the report.
settings.register_profile("report", deadline=None)
settings.load_profile("report")
