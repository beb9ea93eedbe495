"""Writes reports, as Markdown or JSON, to stdout or files."""

import argparse
import json
import sys
from pathlib import Path

from tools import output
from tools.errors import ToolError
from tools.report.json_output import to_json
from tools.report.markdown import DEFAULT_LIMIT, to_markdown
from tools.report.rehearsal import parse_rehearsal
from tools.report.report import Report, add_rehearsal, combined_exit_code


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of every command that makes a report."""
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write to FILE, not to stdout")
    parser.add_argument(
        "--rehearsal",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="what `python -m tools.rehearse --json` printed about a stack; may be repeated",
    )
    parser.add_argument(
        "--full", metavar="FILE", type=Path, help="also write the complete report to FILE"
    )
    parser.add_argument(
        "--limit",
        metavar="CHARACTERS",
        type=int,
        default=DEFAULT_LIMIT,
        help=f"the maximum length of the report; default {DEFAULT_LIMIT}",
    )


def write_reports(reports: list[Report], options: argparse.Namespace) -> int:
    """Writes what the options ask for, and returns the command's exit code.

    Raises:
        ToolError: if a file can't be read, or a file or stdout can't be written.
    """
    reports = _with_rehearsals(reports, options.rehearsal)
    if options.json:
        text = json.dumps(to_json(reports), indent=2, ensure_ascii=False) + "\n"
    else:
        text = to_markdown(reports, options.limit)
    if options.full:
        _write(options.full, to_markdown(reports, limit=None))
    _write(options.out, text)
    return int(combined_exit_code(reports))


def _with_rehearsals(reports: list[Report], paths: list[Path]) -> list[Report]:
    rehearsals = {}
    for path in paths:
        rehearsal = parse_rehearsal(_read(path), f"--rehearsal {path}")
        rehearsals[rehearsal.stack] = rehearsal
    names = [report.stack for report in reports]
    for name in rehearsals.keys() - names:
        raise ToolError(
            f"--rehearsal: there is a rehearsal of stack {name}, and the report is about"
            f" {', '.join(names)}."
        )
    return [
        add_rehearsal(report, rehearsals[report.stack]) if report.stack in rehearsals else report
        for report in reports
    ]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolError(f"--rehearsal {path} can't be read: {error.strerror}.") from error


def _write(path: Path | None, text: str) -> None:
    try:
        if path is not None:
            output.write(path, text)
            return
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text stream
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        target = "to stdout" if path is None else f"to {path}"
        raise ToolError(f"The report can't be written {target}: {error.strerror}.") from error
