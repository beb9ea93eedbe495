"""`python -m tools.report`: reports what previews change, for their reviewers.

Exit codes: 0 no changes, 1 an error, 2 changes, 3 changes with risks.
"""

import argparse
import sys
from pathlib import Path

from tools import output
from tools.errors import ToolError
from tools.report.counted_sockets import count_sockets
from tools.report.output import add_report_options, write_reports
from tools.report.parse import parse_preview
from tools.report.pulumi_cli import preview_stack
from tools.report.report import Basis, BasisKind, Report, build_report


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__)
    parser.add_argument(
        "previews",
        metavar="PREVIEW",
        nargs="*",
        help="a file with the output of `pulumi preview --json`; - for stdin",
    )
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        help="preview this real stack; with a file, the name of its stack; may be repeated",
    )
    parser.add_argument("--cwd", type=Path, default=Path(), help="the program's folder")
    parser.add_argument(
        "--basis",
        choices=[kind.value for kind in BasisKind],
        help="what the previews in files were made against",
    )
    parser.add_argument(
        "--people",
        action="store_true",
        help="count the sockets on the ddp-streamers of a real stack; a report of later may differ",
    )
    add_report_options(parser)
    options = parser.parse_args(arguments)
    if not options.previews and not options.stack:
        parser.error("pass a file with a preview, or --stack NAME for the preview of a real stack")
    return output.run_command(lambda: write_reports(_reports(options), options))


def _reports(options: argparse.Namespace) -> list[Report]:
    if not options.previews:
        basis = Basis(BasisKind.REAL)
        return [
            build_report(
                preview_stack(name, options.cwd),
                basis,
                count_sockets(name, options.cwd) if options.people else None,
            )
            for name in options.stack
        ]
    basis = Basis(BasisKind(options.basis or BasisKind.FILE))
    names = [*options.stack, *("" for _ in options.previews)]
    return [
        build_report(parse_preview(_read(path), name or Path(path).stem), basis)
        for path, name in zip(options.previews, names, strict=False)
    ]


def _read(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace")
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolError(f"{path} can't be read: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
