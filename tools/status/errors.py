"""What keeps the status from being told."""


class StatusError(Exception):
    """The status can't be told; the message says why, and what to do."""
