"""Versions of Rocket.Chat, as image tags write them."""

import re

Version = tuple[int, int, int]


def parse_version(tag: str) -> Version | None:
    """The version that an image tag or a chart's appVersion names in full; None for another."""
    found = re.match(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?![\d.])", tag, re.ASCII)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
