"""Kubernetes quantities: `500m`, `1Gi`, `2`, `1e3`."""

import re
from decimal import Decimal

MAX_QUANTITY = Decimal(2) ** 63
"""Kubernetes counts in 64 bits, and silently reduces what is above that."""
_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(
    r"\+?(?P<number>\d{1,19}(?:\.\d{0,9})?|\.\d{1,9})"
    r"(?:[eE](?P<exponent>[+-]?\d{1,2})|(?P<suffix>n|u|m|k|[KMGTPE]i|[MGTPE]|))",
    re.ASCII,
)


def parse_quantity(text: str) -> Decimal | None:
    """Returns the amount in units, or None if `text` isn't a quantity of 0 or more."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    unit = Decimal(f"1e{match['exponent']}") if match["exponent"] else _SUFFIXES[match["suffix"]]
    amount = Decimal(match["number"]) * unit
    return amount if amount < MAX_QUANTITY else None


def storage_error(text: str) -> tuple[str, str] | None:
    """Returns what is allowed and what to do, where `text` isn't an amount of bytes."""
    amount = parse_quantity(text)
    if not amount:
        return "a quantity such as 20Gi", ""
    return None if is_whole(amount) else no_fraction_of("a byte", text)


def is_whole(amount: Decimal) -> bool:
    """Whether the amount has no fraction."""
    return amount == amount.to_integral_value()


def no_fraction_of(unit: str, text: str) -> tuple[str, str]:
    """Returns what is allowed and what to do for `text`, a fraction of `unit`."""
    likely_mebibytes = text.endswith("m") and unit == "a byte"
    remedy = f"m is a thousandth. Did you mean {text[:-1]}Mi?" if likely_mebibytes else ""
    return f"no part of {unit}", remedy
