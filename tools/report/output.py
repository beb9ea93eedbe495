"""Where a report goes: to the terminal or a file, short or whole, for people or machines."""

import argparse
import json
import sys
from pathlib import Path

from tools import output
from tools.report.errors import ReportError
from tools.report.json_output import facts
from tools.report.markdown import LIMIT, document
from tools.report.report import Report, code_of


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every command has which makes a report."""
    parser.add_argument("--json", action="store_true", help="the same facts for machines")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it there, not to stdout")
    parser.add_argument("--full", metavar="FILE", type=Path, help="write the complete one there")
    parser.add_argument(
        "--limit",
        metavar="CHARACTERS",
        type=int,
        default=LIMIT,
        help=f"the most that it may have; default {LIMIT}",
    )


def deliver(reports: list[Report], given: argparse.Namespace) -> int:
    """Writes what the options ask for, and returns what the command exits with."""
    if given.json:
        text = json.dumps(facts(reports), indent=2, ensure_ascii=False) + "\n"
    else:
        text = document(reports, given.limit)
    if given.full:
        _write(given.full, document(reports, None))
    _write(given.out, text)
    return int(code_of(reports))


def _write(path: Path | None, text: str) -> None:
    try:
        if path is not None:
            output.write(path, text)
            return
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a text stream
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        where = "to stdout" if path is None else f"to {path}"
        raise ReportError(f"The report can't be written {where}: {error.strerror}.") from error
