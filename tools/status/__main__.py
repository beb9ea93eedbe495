"""`python -m tools.status`: what runs, compared with what was deployed.

The exit code is 0 if the workspace runs as configured, 1 if it doesn't, 2 if that can't be
determined.
"""

import argparse
import json
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
from tools.simulation.simulation import Simulation, unset_foreign_variables
from tools.status.page import render_page
from tools.status.report import Report
from tools.status.table import render
from tools.status.target import Target, context_target, simulated_target, stack_target
from tools.status.workspace import TOKEN_VARIABLE, USER_VARIABLE, login_from_environment

INTERVAL_SECONDS = 5
"""Between two reports with --watch."""
HEALTHY, UNHEALTHY, UNKNOWN = range(3)
"""Exit codes."""


def main(arguments: Sequence[str] | None = None, simulation: Simulation | None = None) -> int:
    """Prints the status once, or until interrupted.

    Args:
        arguments: The command line; by default this process's.
        simulation: Where --simulated looks for its cluster; by default in this checkout.

    Returns:
        The exit code.
    """
    options = _parse(arguments)
    output.escape_unencodable_output()
    return output.run_command(lambda: _run(options, simulation), error_code=UNKNOWN)


def _run(options: argparse.Namespace, simulation: Simulation | None) -> int:
    with _target(options, simulation) as target:
        return _watch(target, options) if options.watch else _once(target, options)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.status",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{USER_VARIABLE} and {TOKEN_VARIABLE} in the environment, an administrator's token,"
        "\nadd the instances that the workspace itself reports.",
    )
    add = parser.add_argument
    add("--stack", help="compare with what this stack was last deployed as")
    add("--context", help="a context of the kubeconfig; alone, only reports whether all is ready")
    add("--simulated", action="store_true", help="the stack on the simulated cluster")
    add("--namespace", default="rocketchat", help="with --context alone; default rocketchat")
    add("--release", default="chat", help="with --context alone; default chat")
    add("--url", help="where to reach the workspace, in place of its public address")
    add("--watch", action="store_true", help=f"repeat every {INTERVAL_SECONDS} s")
    add("--json", action="store_true", help="print JSON")
    add("--html", metavar="FILE", type=Path, help="also write an HTML page")
    options = parser.parse_args(arguments)
    if not options.stack and not options.context:
        parser.error("give --stack or --context")
    if options.simulated and (options.context or not options.stack):
        parser.error("--simulated takes --stack and no --context")
    return options


def _target(options: argparse.Namespace, simulation: Simulation | None) -> Target:
    login = login_from_environment()
    if options.simulated:
        unset_foreign_variables()
        return simulated_target(simulation or Simulation(), options.stack, options.url, login)
    if options.stack:
        return stack_target(options.stack, options.context, options.url, login)
    return context_target(options.context, options.namespace, options.release, options.url, login)


def _once(target: Target, options: argparse.Namespace) -> int:
    report = target.report()
    if options.json:
        print(_to_json(report, indent=2), flush=True)
    else:
        _console().print(render(report))
    _write_page(report, options)
    return _exit_code(report)


def _watch(target: Target, options: argparse.Namespace) -> int:
    """Prints the status until interrupted; what fails now may work in the next round."""
    code = UNKNOWN

    def repeat(show: Callable[[Report], object]) -> None:
        nonlocal code
        while True:
            try:
                report = target.report()
                code = _exit_code(report)
                show(report)
                _write_page(report, options)
            except ToolError as error:
                code = UNKNOWN
                output.print_error(str(error))
            time.sleep(INTERVAL_SECONDS)

    with suppress(KeyboardInterrupt):
        if options.json:
            repeat(lambda report: print(_to_json(report), flush=True))
        else:
            with Live(console=_console(), auto_refresh=False, screen=False) as live:
                repeat(lambda report: live.update(render(report), refresh=True))
    return code


def _exit_code(report: Report) -> int:
    return HEALTHY if report.healthy else UNHEALTHY


def _console() -> Console:
    console = Console()
    # Output to a pipe needn't fit into 80 columns, and addresses are for copying.
    return console if console.is_terminal else Console(width=max(console.width, 160))


def _to_json(report: Report, indent: int | None = None) -> str:
    fields = {"healthy": report.healthy, "problems": report.problems, **asdict(report)}
    if report.people:
        left, replicas = report.people.left, report.people.replicas
        fields["people"] |= {"left": left, "replicas": replicas}
    return json.dumps(fields, indent=indent)


def _write_page(report: Report, options: argparse.Namespace) -> None:
    if options.html is not None:
        page = render_page(report, refresh_seconds=INTERVAL_SECONDS if options.watch else None)
        output.write_option("--html", options.html, page)


if __name__ == "__main__":
    sys.exit(main())
