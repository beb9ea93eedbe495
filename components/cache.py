"""The folder for what this project keeps outside a checkout: charts and built tools."""

import os
from pathlib import Path

CACHE_VARIABLE = "ROCKETCHAT_PULUMI_CACHE"
"""The environment variable that names another folder."""


def user_cache_folder() -> Path | None:
    """The cache folder of the current user, shared by all checkouts.

    None if there is no home folder to put it in: HOME isn't set and the system knows none.
    """
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).expanduser().absolute()
    # Imported only here: without a cache to look for, a preview starts faster.
    import platformdirs  # noqa: PLC0415

    folder = platformdirs.user_cache_path("rocketchat-pulumi")
    return folder if folder.is_absolute() else None
