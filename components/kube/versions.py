"""Versions as image tags, charts and `appVersion` write them."""

import re

from semver import Version

_RELEASE = re.compile(r"v?((0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2})(?![\d.])", re.ASCII)


def parse_version(text: str) -> Version | None:
    """Returns the release that `text` names in full, or None.

    A leading `v` is allowed. Whatever follows the three numbers is left out: `8.6.1-rc.1`,
    `8.6.1-debian` and `8.6.1@sha256:…` all are 8.6.1, as tags mark builds and release candidates
    alike and what a version can do depends on the release.
    """
    found = _RELEASE.match(text)
    return Version.parse(found[1]) if found else None
