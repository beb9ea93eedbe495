"""The one error that this package raises."""


class DiffError(Exception):
    """There is nothing to compare; the message, shown as it is, says why and what to do."""
