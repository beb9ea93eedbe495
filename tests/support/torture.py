"""What the torture tests share: their length, and the figures that they measure."""

import os
from collections.abc import Callable

LONG = bool(os.environ.get("TORTURE"))
"""Whether this is `make torture`, and not the short form in `make test`."""
Figure = Callable[[str, str, str], None]
"""Records a figure: the title of its section, what was measured, and the result in words."""
