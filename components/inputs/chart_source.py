"""The input `chart`: which package is rendered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.chart_versions import CHART_DIGESTS, REPOSITORY
from components.inputs.errors import ValidationErrors


@dataclass(frozen=True)
class ChartSource:
    """Where the chart comes from: `path`, or `version` from `repository`."""

    version: str
    repository: str
    digest: str | None
    path: str | None


def chart_source(given: Mapping[str, Any], errors: ValidationErrors) -> ChartSource:
    """The source that the input `chart` means, with what is wrong with it added to `errors`."""
    version = given.get("version", next(iter(CHART_DIGESTS)))
    repository = given.get("repository", REPOSITORY)
    path = given.get("path")
    digest = given.get("digest")
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", digest):
        errors.add_invalid("chart.digest", digest, "a SHA-256 as 64 lower-case hexadecimal digits")
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version, re.ASCII):
        errors.add_invalid("chart.version", version, "a full version such as 7.0.2")
    elif path is None and digest is None:
        digest = CHART_DIGESTS.get(version)
        if digest is None:
            key = errors.format_key("chart.digest")
            errors.add(
                "chart.version",
                f"{version} is a version whose package this program doesn't know (it knows"
                f" {', '.join(CHART_DIGESTS)}). Give its SHA-256 by {key}; the repository's index.yaml"
                " has it.",
            )
    if path is not None and ("version" in given or "repository" in given):
        errors.add("chart.path", "is given together with a version or repository. Keep one.")
    if not _is_web(repository):
        errors.add_invalid("chart.repository", repository, "a URL that begins with https://")
    return ChartSource(version, repository, digest, path)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
