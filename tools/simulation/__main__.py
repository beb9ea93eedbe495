"""`python -m tools.simulation up|preview|down|env`: what `make` runs."""

import argparse
import os
import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pulumi import automation
from rich.console import Console
from rich.table import Table

from tools import output
from tools.errors import ToolError
from tools.simulation import interrupted
from tools.simulation.workspace import FOREIGN, Workspace
from tools.status.target import stuck

console = Console()


def main() -> int:
    """Runs one command; 0 means that it did what it says, 1 that it told why not."""
    parser = argparse.ArgumentParser(prog="tools.simulation", description=__doc__)
    parser.add_argument("command", choices=("up", "preview", "down", "env"))
    parser.add_argument("--stack", default="dev", help="a stack of this checkout")
    parser.add_argument("--chart", help="a chart's package or folder, in place of the stack's")
    given = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    output.take_any_text()
    try:
        workspace = Workspace()
        with workspace.lock():
            return _run(workspace, given.command, given.stack, given.chart)
    except ToolError as error:
        output.complain(str(error))
    except automation.CommandError as error:
        said = str(error).rpartition(" stderr: ")[2].strip()
        output.complain(f"pulumi failed: {' '.join(output.errors_of(said)) or said}")
    except OSError as error:
        output.complain(output.told(error))
    return 1


def _run(workspace: Workspace, command: str, name: str, chart: str | None) -> int:
    if command == "down":
        _down(workspace)
        return 0
    workspace.prepare()
    if command == "env":
        workspace.cluster.up()
        print(_exports(workspace))
        return 0
    return deploy(workspace, name, chart, preview=command == "preview")


def deploy(
    workspace: Workspace,
    name: str,
    chart: str | None = None,
    *,
    preview: bool = False,
) -> int:
    """Brings a stack up on the cluster, or previews it; a command's status comes back."""
    if chart is None:
        chart, words = workspace.chart_for(name)
    elif Path(chart).exists():
        chart = str(Path(chart).resolve())
        words = chart
    else:
        raise ToolError(f"CHART={chart}: there is nothing. Give a chart's package or folder.")
    started = workspace.cluster.up()
    console.print(f"Cluster: simulated, {'started' if started else 'already running'}.")
    console.print(f"Chart: {words}.", markup=False, soft_wrap=True)
    workspace.restore(name)
    workspace.configure(name, chart)
    if preview:
        return workspace.pulumi("preview", "--stack", workspace.stack(name).name)
    workspace.unlock()
    stack = workspace.stack(name)
    begun = interrupted.forget_creations(stack)
    if begun:
        console.print(f"The last update was interrupted while it made {len(begun)} objects.")
    status = workspace.pulumi(
        "up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", name
    )
    left = _unfinished(workspace, name, 0 if status else workspace.timeout_seconds(name))
    for line in left:
        console.print(line, markup=False, soft_wrap=True)
    if status or left:
        return 1
    changes = stack.history(page_size=1)[0].resource_changes or {}
    if set(changes) <= {automation.OpType.SAME}:
        console.print(f"Nothing changed: {name} runs as its config says.")
    for one in interrupted.unclaimed(stack, begun):
        console.print(
            f"Nobody asks any more for {one}, which the interrupted update may have made: look for"
            " it with kubectl, and delete it.",
            markup=False,
            soft_wrap=True,
        )
    _print_endpoints(stack.outputs())
    return 0


def _unfinished(workspace: Workspace, name: str, seconds: int) -> list[str]:
    """What of a stack's workloads isn't there in full, after as many seconds at the most.

    It adds reasons to what a failed update has told. One that has succeeded may not have waited: on
    a busy cluster the provider reads the status that a Deployment had before.
    """
    deadline = time.monotonic() + seconds
    with suppress(ToolError):  # nothing was deployed
        while (lines := stuck(workspace, name)) and time.monotonic() < deadline:
            time.sleep(0.5)
        return lines
    return []


def _down(workspace: Workspace) -> None:
    """Removes the cluster with all that is on it, and the stacks' state."""
    workspace.cluster.down()
    for folder in ("backend", "project", "pulumi", "engine"):
        shutil.rmtree(workspace.folder / folder, ignore_errors=True)
    console.print("The simulated cluster and the stacks on it are gone.")


def _exports(workspace: Workspace) -> str:
    """Shell commands that lead a shell's `pulumi`, `kubectl` and `helm` to the simulation."""
    environment = workspace.shell_environment()
    return "\n".join(f"export {name}={shlex.quote(text)}" for name, text in environment.items())


def _print_endpoints(outputs: Mapping[str, automation.OutputValue]) -> None:
    held = {name: output.value for name, output in outputs.items()}
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("service", "instances", "answers at"):
        table.add_column(column, no_wrap=True)
    for service, endpoint in held.get("endpoints", {}).items():
        ports = ",".join(str(port) for port in endpoint["ports"].values())
        inside = f"{endpoint['dns']}:{ports}" if "dns" in endpoint else ""
        table.add_row(service, str(endpoint["instances"]), endpoint.get("publicUrl", inside))
    # An address is for copying, so it is never cut or folded.
    Console(width=max(console.width, 120)).print(table)
    console.print(f"url: {held.get('url', '')}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
