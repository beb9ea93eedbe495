"""`python -m tools.report`: a preview in, a report out that a reviewer can decide from.

Exits with 0 where nothing changes, 2 where something does, 3 where there is something to stop for,
and 1 where there is an error.
"""

import argparse
import sys
from pathlib import Path

from tools.report.errors import ReportError
from tools.report.output import add_options, deliver
from tools.report.preview import read
from tools.report.pulumi_cli import preview_of
from tools.report.report import Basis, Kind, Report, understand


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; what it exits with comes back."""
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__)
    parser.add_argument(
        "previews",
        metavar="PREVIEW",
        nargs="*",
        help="a file with what `pulumi preview --json` printed; - is stdin",
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
        choices=[kind.value for kind in Kind],
        help="what the files were previewed against",
    )
    add_options(parser)
    given = parser.parse_args(arguments)
    if not given.previews and not given.stack:
        parser.error("give a file with a preview, or --stack NAME for a real stack's")
    try:
        return deliver(_reports(given), given)
    except ReportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _reports(given: argparse.Namespace) -> list[Report]:
    if not given.previews:
        basis = Basis(Kind.REAL)
        return [understand(preview_of(name, given.cwd), basis) for name in given.stack]
    basis = Basis(Kind(given.basis or Kind.GIVEN))
    names = [*given.stack, *("" for _ in given.previews)]
    return [
        understand(read(_text(path), name or Path(path).stem), basis)
        for path, name in zip(given.previews, names, strict=False)
    ]


def _text(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode("utf-8", "replace")
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReportError(f"{path} can't be read: {error.strerror}.") from error


if __name__ == "__main__":
    sys.exit(main())
