"""What a change does, for the person who decides on it: a preview in, Markdown out."""

from tools.report.errors import ReportError
from tools.report.json_output import facts
from tools.report.markdown import LIMIT, MARKER, document
from tools.report.preview import Preview, failed, from_events, read
from tools.report.report import Basis, Code, Kind, Report, code_of, understand

__all__ = [
    "LIMIT",
    "MARKER",
    "Basis",
    "Code",
    "Kind",
    "Preview",
    "Report",
    "ReportError",
    "code_of",
    "document",
    "facts",
    "failed",
    "from_events",
    "read",
    "understand",
]
