"""`python -m tools.simulation up|preview|down|env|clean`: what `make` runs."""

import argparse
import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tools import output
from tools.errors import ToolError
from tools.simulation import abandoned, backend, interrupted, processes
from tools.simulation.simulation import Simulation, unset_foreign_variables
from tools.status.target import unready_workloads

console = Console()


def main() -> int:
    """Runs one command and returns its exit code: 0 for success, 1 for an error."""
    parser = argparse.ArgumentParser(prog="python -m tools.simulation", description=__doc__)
    parser.add_argument("command", choices=("up", "preview", "down", "env", "clean"))
    parser.add_argument("--stack", default="dev", help="a stack of this checkout")
    parser.add_argument("--chart", help="a chart's package or folder, in place of the stack's")
    options = parser.parse_args()
    unset_foreign_variables()
    output.escape_unencodable_output()
    return output.run_command(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if options.command == "clean":
        _clean()
        return 0
    simulation = Simulation()
    with simulation.lock():
        if options.command == "down":
            _down(simulation)
            return 0
        simulation.prepare()
        if options.command == "env":
            simulation.cluster.up()
            with suppress(ToolError):  # the first command in that shell says it
                simulation.configure_all()
            print(_exports(simulation))
            return 0
        preview = options.command == "preview"
        return deploy(simulation, options.stack, options.chart, preview=preview)


def deploy(
    simulation: Simulation,
    name: str,
    chart: str | None = None,
    *,
    preview: bool = False,
) -> int:
    """Deploys a stack to the simulated cluster, or previews it, and returns the exit code.

    Args:
        simulation: Where the cluster and its stacks are.
        name: The stack's name.
        chart: The path of a chart in place of the stack's.
        preview: Whether only to preview the stack.

    Raises:
        ToolError: If there is no such stack or chart, or the cluster doesn't start.
    """
    if chart is None:
        chart, description = simulation.chart_for(name)
    elif Path(chart).exists():
        chart = description = str(Path(chart).resolve())
    else:
        raise ToolError(
            f"CHART={chart}: no such file. Give the path of a chart's package or folder."
        )
    started = simulation.cluster.up()
    console.print(f"Cluster: simulated, {'started' if started else 'already running'}.")
    console.print(f"Chart: {description}.", markup=False, soft_wrap=True)
    simulation.restore(name)
    simulation.configure(name, chart)
    simulation.unlock()
    simulation.select(name)
    if preview:
        return simulation.pulumi("preview", "--stack", name)
    return _up(simulation, name)


def _up(simulation: Simulation, name: str) -> int:
    interrupted_creates = simulation.clear_pending_creates(name)
    if interrupted_creates:
        count = len(interrupted_creates)
        console.print(f"The last update was interrupted while it created {count} objects.")
    code = simulation.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", name)
    if code:
        return 1
    unready = _wait_until_ready(simulation, name)
    for line in unready:
        console.print(line, markup=False, soft_wrap=True)
    if unready:
        return 1
    changes = simulation.last_changes(name)
    if changes is not None and set(changes) <= {"same"}:
        console.print(f"Nothing changed: {name} runs as its config says.")
    state = simulation.state(name)
    for created in interrupted.unmanaged_objects(state, interrupted_creates):
        console.print(
            f"The interrupted update may have created {created}, which the config no longer"
            " contains. Look for it with kubectl, and delete it.",
            markup=False,
            soft_wrap=True,
        )
    _print_endpoints(backend.stack_resource(state).get("outputs", {}))
    return 0


def _wait_until_ready(simulation: Simulation, name: str) -> list[str]:
    """Waits until a stack's workloads are ready, and returns a line for each that still isn't.

    An update that succeeded may not have waited: on a busy cluster the provider can read a
    Deployment's status before the controller has updated it.
    """
    deadline = time.monotonic() + simulation.timeout_seconds(name)
    with suppress(ToolError):  # nothing was deployed
        while (lines := unready_workloads(simulation, name)) and time.monotonic() < deadline:
            time.sleep(0.5)
        return lines
    return []


def _down(simulation: Simulation) -> None:
    """Removes the cluster with everything on it, and the stacks' state."""
    simulation.cluster.down()
    for folder in ("backend", "project", "pulumi", "engine"):
        shutil.rmtree(simulation.folder / folder, ignore_errors=True)
    console.print("The simulated cluster and the stacks on it are gone.")


def _clean() -> None:
    """Ends the clusters whose checkouts were deleted, and says which."""
    for folder, left in abandoned.find().items():
        processes.kill(left)
        names = ", ".join(f"{process.program} ({process.pid})" for process in left)
        console.print(
            f"Ended the simulated cluster of {folder}, which is gone: {names}.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _exports(simulation: Simulation) -> str:
    """Shell commands that point `pulumi`, `kubectl` and `helm` at the simulation."""
    environment = simulation.shell_environment()
    return "\n".join(f"export {name}={shlex.quote(text)}" for name, text in environment.items())


def _print_endpoints(outputs: Mapping[str, Any]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("service", "instances", "answers at"):
        table.add_column(column, no_wrap=True)
    for service, endpoint in outputs.get("endpoints", {}).items():
        ports = ",".join(str(port) for port in endpoint["ports"].values())
        internal = f"{endpoint['dns']}:{ports}" if "dns" in endpoint else ""
        table.add_row(service, str(endpoint["instances"]), endpoint.get("publicUrl", internal))
    # Addresses are for copying, so they are never truncated or folded.
    Console(width=max(console.width, 120)).print(table)
    console.print(f"url: {outputs.get('url', '')}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
