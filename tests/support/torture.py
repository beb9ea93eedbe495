"""What the torture suite's tests share: its length, and the figures that it measures."""

import os
from collections.abc import Callable

LONG = bool(os.environ.get("TORTURE"))
"""Whether this is `make torture`."""
Figure = Callable[[str, str, str], None]
"""Notes what was measured: the section, what it is, and the figure in words."""
