"""The variable `TOOLS`: whether what is missing is downloaded or built."""

import os
from enum import Enum

from tools.errors import ToolError

VARIABLE = "TOOLS"


class Choice(Enum):
    """How a tool that is missing is obtained."""

    EITHER = ""
    """Downloaded if its release can be had, built otherwise."""
    DOWNLOAD = "download"
    BUILD = "build"


def choice() -> Choice:
    """Returns what the environment says.

    Raises:
        ToolError: If it says something else.
    """
    value = os.environ.get(VARIABLE, "")
    try:
        return Choice(value)
    except ValueError as error:
        raise ToolError(
            f"{VARIABLE}: {value!r} isn't a choice. Set it to download (official releases), or to"
            " build (from source, with Go), or unset it: then what can't be downloaded is built."
        ) from error
