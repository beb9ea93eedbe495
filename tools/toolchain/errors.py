"""The one error that this package raises."""


class ToolchainError(Exception):
    """A tool can't be had; the message, shown as it is, says what failed and what to do."""
