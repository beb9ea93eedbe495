"""The one error that this package raises."""


class ReportError(Exception):
    """No report can be made; the message, shown as it is, says why and what to do."""
