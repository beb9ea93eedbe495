"""`python -m tools.diff`: what the working tree changes, stack by stack.

The base revision's stacks go up on a simulated cluster, and the working tree is previewed on them.
Exits with 0 where nothing changes, 2 where something does, 3 where there is something to stop for,
and 1 where there is an error.
"""

import argparse
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import output
from tools.diff.errors import DiffError
from tools.diff.revision import lay_out, revision
from tools.diff.stacks import Comparison
from tools.errors import ToolError
from tools.report import Report, ReportError
from tools.report.output import add_options, deliver
from tools.simulation.cluster import Cluster
from tools.simulation.workspace import CHECKOUT, FOREIGN, Workspace

FOLDER = Path(".simulation") / "diff"


def main(
    arguments: list[str] | None = None,
    checkout: Path = CHECKOUT,
    cluster: Cluster | None = None,
) -> int:
    """Runs the command line; what it exits with comes back.

    `cluster` is one to use in place of the checkout's own.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.diff", description=__doc__)
    parser.add_argument("--base", default="main", help="the revision to compare with")
    parser.add_argument("--stack", action="append", help="this stack alone; may be repeated")
    parser.add_argument("--chart", help="a chart's package or folder, in place of the stacks'")
    parser.add_argument("--down", action="store_true", help="stop and remove the cluster, no more")
    add_options(parser)
    given = parser.parse_args(arguments)
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    folder = checkout / FOLDER
    try:
        cluster = cluster or Cluster(folder / "cluster")
        if given.down:
            cluster.down()
            shutil.rmtree(folder, ignore_errors=True)
            return 0
        return deliver(_reports(given, checkout, folder, cluster), given)
    except (DiffError, ReportError, ToolError) as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {output.told(error)}", file=sys.stderr)
    return 1


def _reports(
    given: argparse.Namespace,
    checkout: Path,
    folder: Path,
    cluster: Cluster,
) -> list[Report]:
    base = revision(checkout, given.base)
    chart = None
    if given.chart:
        if not Path(given.chart).exists():
            raise DiffError(
                f"CHART={given.chart}: there is nothing. Give a chart's package or folder."
            )
        chart = str(Path(given.chart).resolve())
    workspace = Workspace(checkout, folder, cluster)
    known = workspace.stack_names()
    names = given.stack or known
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise DiffError(f"There is no stack {unknown[0]}. There are: {', '.join(known)}.")
    with workspace.lock():
        laid = lay_out(checkout, base, folder / "base")
        workspace.tools()
        cluster.up()
        comparison = Comparison(checkout, base, laid, folder, cluster, chart)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return list(pool.map(comparison.report, names))


if __name__ == "__main__":
    sys.exit(main())
