"""Kubernetes quantities: `500m`, `1Gi`, `2`."""

import re
from decimal import Decimal

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}
_FORM = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(n|u|m|k|[KMGTPE]i|[MGTPE]|)", re.ASCII)


def quantity(text: str) -> Decimal | None:
    """The amount that `text` stands for, in units; None where it isn't a positive quantity."""
    found = _FORM.fullmatch(text)
    return Decimal(found[1]) * _SUFFIXES[found[2]] if found else None
