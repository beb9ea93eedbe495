"""The programs that this project runs: found where they are installed, built from Go otherwise.

What is built lies in the user's cache folder, for every checkout on the machine, and nowhere else.
"""

from components.cache import CACHE_VARIABLE

from .cache import cache_folder
from .catalogue import CATALOGUE, NAMES, Tool
from .supply import clean, ensure

__all__ = [
    "CACHE_VARIABLE",
    "CATALOGUE",
    "NAMES",
    "Tool",
    "cache_folder",
    "clean",
    "ensure",
]
