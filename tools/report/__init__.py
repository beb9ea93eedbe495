"""Reports on what a change does, for its reviewers: a preview in, Markdown or JSON out."""

from tools.report.json_output import to_json
from tools.report.markdown import COMMENT_MARKER, DEFAULT_LIMIT, to_markdown
from tools.report.parse import failed_preview, parse_preview, preview_from_events
from tools.report.preview import Preview
from tools.report.report import (
    Basis,
    BasisKind,
    ExitCode,
    Report,
    build_report,
    combined_exit_code,
)

__all__ = [
    "COMMENT_MARKER",
    "DEFAULT_LIMIT",
    "Basis",
    "BasisKind",
    "ExitCode",
    "Preview",
    "Report",
    "build_report",
    "combined_exit_code",
    "failed_preview",
    "parse_preview",
    "preview_from_events",
    "to_json",
    "to_markdown",
]
