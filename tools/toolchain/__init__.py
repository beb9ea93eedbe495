"""The programs that this project runs: used where they are installed, otherwise built from Go.

What is built is in the user's cache folder, and shared by every checkout on the machine.
"""

from components.cache import CACHE_VARIABLE
from tools.toolchain.cache import cache_folder
from tools.toolchain.catalogue import CATALOGUE, NAMES, Tool
from tools.toolchain.supply import clean, ensure

__all__ = [
    "CACHE_VARIABLE",
    "CATALOGUE",
    "NAMES",
    "Tool",
    "cache_folder",
    "clean",
    "ensure",
]
