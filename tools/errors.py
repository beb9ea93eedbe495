"""The error of every command."""


class ToolError(Exception):
    """An error reported to the person who ran the command, without a traceback."""
