"""The error of every command."""


class ToolError(Exception):
    """An error told to the person who ran the command, without a traceback."""
