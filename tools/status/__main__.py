"""`python -m tools.status`: what runs, against what was asked for.

The exit code is 0 where what was asked for runs, 1 where it doesn't, 2 where that can't be told.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.live import Live

from tools import output
from tools.errors import ToolError
from tools.simulation.workspace import FOREIGN, Workspace
from tools.status import workspace
from tools.status.page import page
from tools.status.report import Report
from tools.status.table import render
from tools.status.target import Target, of_context, of_simulated, of_stack

EVERY = 5
"""Seconds between two readings, with --watch."""
RUNS, DOESNT, UNKNOWN = range(3)


def main(arguments: Sequence[str] | None = None, simulation: Workspace | None = None) -> int:
    """Tells the status, once or until interrupted, and returns the exit code.

    `simulation` is whose simulated cluster --simulated means; default is this checkout's.
    """
    given = _arguments(arguments)
    output.take_any_text()
    try:
        with _target(given, simulation) as target:
            return _watch(target, given) if given.watch else _once(target, given)
    except ToolError as error:
        output.complain(str(error))
    except OSError as error:
        output.complain(output.told(error))
    return UNKNOWN


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.status",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{workspace.USER} and {workspace.TOKEN} in the environment, an administrator's"
        " token,\nadd the instances that the workspace itself reports.",
    )
    add = parser.add_argument
    add("--stack", help="what was asked for is what this stack was last deployed as")
    add("--context", help="a context of the kubeconfig; alone, what was asked for isn't known")
    add("--simulated", action="store_true", help="the stack on the simulated cluster")
    add("--namespace", default="rocketchat", help="with --context alone; default rocketchat")
    add("--release", default="chat", help="with --context alone; default chat")
    add("--url", help="where to ask the workspace, in place of its public address")
    add("--watch", action="store_true", help=f"once more every {EVERY} s")
    add("--json", action="store_true", help="for machines")
    add("--html", metavar="FILE", type=Path, help="write a page, too")
    given = parser.parse_args(arguments)
    if not given.stack and not given.context:
        parser.error("give --stack or --context")
    if given.simulated and (given.context or not given.stack):
        parser.error("--simulated takes --stack and no --context")
    return given


def _target(given: argparse.Namespace, simulation: Workspace | None) -> Target:
    login = workspace.login()
    if given.simulated:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            del os.environ[name]
        return of_simulated(simulation or Workspace(), given.stack, given.url, login)
    if given.stack:
        return of_stack(given.stack, given.context, given.url, login)
    return of_context(given.context, given.namespace, given.release, given.url, login)


def _once(target: Target, given: argparse.Namespace) -> int:
    report = target.report()
    if given.json:
        print(_json(report, indent=2), flush=True)
    else:
        _console().print(render(report))
    _write(report, given)
    return RUNS if report.runs else DOESNT


def _watch(target: Target, given: argparse.Namespace) -> int:
    """Tells it over and over; what can't be told now may be told in a moment."""
    code = UNKNOWN

    def rounds(show: Callable[[Report], object]) -> None:
        nonlocal code
        while True:
            try:
                report = target.report()
                code = RUNS if report.runs else DOESNT
                show(report)
                _write(report, given)
            except ToolError as error:
                code = UNKNOWN
                output.complain(str(error))
            time.sleep(EVERY)

    with suppress(KeyboardInterrupt):
        if given.json:
            rounds(lambda report: print(_json(report), flush=True))
        else:
            with Live(console=_console(), auto_refresh=False, screen=False) as live:
                rounds(lambda report: live.update(render(report), refresh=True))
    return code


def _console() -> Console:
    console = Console()
    # In a pipe nobody needs to read it in 80 columns, and addresses are for copying.
    return console if console.is_terminal else Console(width=max(console.width, 160))


def _json(report: Report, indent: int | None = None) -> str:
    return json.dumps(
        {"runs": report.runs, "troubles": report.troubles, **asdict(report)},
        indent=indent,
    )


def _write(report: Report, given: argparse.Namespace) -> None:
    path: Path | None = given.html
    if path is None:
        return
    text = page(report, refresh_seconds=EVERY if given.watch else None)
    try:
        output.write(path, text)
    except OSError as error:
        raise ToolError(f"--html {path}: it can't be written ({error.strerror}).") from None


if __name__ == "__main__":
    sys.exit(main())
