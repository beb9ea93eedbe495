"""`python -m tools.diff`: reports what the working tree changes about each stack.

The stacks of the base revision are deployed to a simulated cluster, and the working tree is
previewed on it. Exit codes: 0 no changes, 1 an error, 2 changes, 3 changes with risks.
"""

import argparse
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import output
from tools.checkout import CHECKOUT
from tools.diff.revision import extract, resolve_revision
from tools.diff.stacks import Comparison
from tools.errors import ToolError
from tools.report import Report
from tools.report.output import add_report_options, write_reports
from tools.simulation.cluster import Cluster
from tools.simulation.simulation import Simulation, unset_foreign_variables

FOLDER = Path(".simulation") / "diff"


def main(
    arguments: list[str] | None = None,
    checkout: Path = CHECKOUT,
    cluster: Cluster | None = None,
) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: The command's arguments; those of the process by default.
        checkout: The checkout whose working tree is previewed.
        cluster: A cluster to use instead of the checkout's own.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.diff", description=__doc__)
    parser.add_argument("--base", default="main", help="the revision to compare with")
    parser.add_argument("--stack", action="append", help="only this stack; may be repeated")
    parser.add_argument("--chart", help="a chart's package or folder, instead of the stacks' own")
    parser.add_argument(
        "--down", action="store_true", help="only stop and remove the simulated cluster"
    )
    add_report_options(parser)
    options = parser.parse_args(arguments)
    unset_foreign_variables()
    folder = checkout / FOLDER
    cluster = cluster or Cluster(folder / "cluster")

    def body() -> int:
        if options.down:
            cluster.down()
            shutil.rmtree(folder, ignore_errors=True)
            return 0
        return write_reports(_reports(options, checkout, folder, cluster), options)

    return output.run_command(body)


def _reports(
    options: argparse.Namespace,
    checkout: Path,
    folder: Path,
    cluster: Cluster,
) -> list[Report]:
    base = resolve_revision(checkout, options.base)
    chart = None
    if options.chart:
        if not Path(options.chart).exists():
            raise ToolError(
                f"CHART={options.chart}: no such file or folder. Pass a chart's package or folder."
            )
        chart = str(Path(options.chart).resolve())
    simulation = Simulation(checkout, folder, cluster)
    known = simulation.stack_names()
    names = options.stack or known
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ToolError(
            f"There is no config for stack {unknown[0]}. The stacks are: {', '.join(known)}."
        )
    with simulation.lock():
        base_checkout = extract(checkout, base, folder / "base")
        simulation.tools()
        cluster.up()
        comparison = Comparison(checkout, base, base_checkout, folder, cluster, chart)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return list(pool.map(comparison.report, names))


if __name__ == "__main__":
    sys.exit(main())
