"""`python -m tools.rehearse`: plays a change on a twin of the cluster before it is made.

The cluster is only read. Exit codes: 0 no changes, 1 an error, 2 changes that fit, 3 pods that
don't come up.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from components.fast_yaml import load_yaml
from components.inputs.definitions import BY_PATH
from components.kube.api import Api, ApiError
from tools import output
from tools.checkout import CHECKOUT
from tools.errors import ToolError
from tools.rehearse.hashed import hash_names
from tools.rehearse.json_output import to_json
from tools.rehearse.page import render_page
from tools.rehearse.read import read_cluster
from tools.rehearse.rehearsal import EACH, Change, rehearse
from tools.rehearse.snapshot import ClusterSnapshot, load
from tools.rehearse.table import render
from tools.simulation.simulation import Simulation, unset_foreign_variables
from tools.status.stack import Stack

FOLDER = Path(".simulation") / "rehearse"


def main(arguments: Sequence[str] | None = None, checkout: Path = CHECKOUT) -> int:
    """Runs the command and returns its exit code."""
    options = _parse(arguments)
    output.escape_unencodable_output()
    return output.run_command(lambda: _run(options, checkout))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.rehearse",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--stack", required=True, help="the stack to rehearse a change of")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--context", help="a context of the kubeconfig; by default the stack's")
    source.add_argument("--simulated", action="store_true", help="the simulated cluster")
    source.add_argument("--from", dest="file", type=Path, metavar="FILE", help="a saved cluster")
    add("--save", type=Path, metavar="FILE", help="save the cluster, and rehearse nothing")
    add("--hash-names", action="store_true", help="with --save, replace names by hashes")
    add("--base", default="main", help="the revision that runs now; default main")
    add("--chart", help="a chart's package or folder, instead of the stack's own")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="change the config")
    scenario = parser.add_mutually_exclusive_group()
    scenario.add_argument(
        "--drain",
        nargs="?",
        const=EACH,
        metavar="NODE",
        help="in place of the change, drain each node, or this one",
    )
    scenario.add_argument(
        "--lose-zone",
        nargs="?",
        const=EACH,
        metavar="ZONE",
        help="in place of the change, lose each zone, or this one",
    )
    scenario.add_argument(
        "--node-down", metavar="NODE", help="make the change while this node is down"
    )
    add(
        "--pool",
        action="append",
        default=[],
        metavar="NAME=COUNT",
        help="a node pool that an autoscaler may make larger, and by how many nodes",
    )
    add("--ready-after", type=float, metavar="SECONDS", help="until pods get ready")
    add("--json", action="store_true", help="print JSON")
    add("--html", type=Path, metavar="FILE", help="also write a page with plots")
    options = parser.parse_args(arguments)
    if options.hash_names and not options.save:
        parser.error("--hash-names takes --save")
    return options


def _run(options: argparse.Namespace, checkout: Path) -> int:
    snapshot = load(options.file) if options.file else _read(options, checkout)
    if options.save:
        saved = hash_names(snapshot) if options.hash_names else snapshot
        saved.save(options.save)
        return 0
    # From here on, nothing leads to the real cluster.
    unset_foreign_variables()
    change = Change(
        checkout=checkout,
        stack=options.stack,
        base=options.base,
        chart=str(Path(options.chart).resolve()) if options.chart else None,
        settings=options.set,
        ready_after=options.ready_after,
        drain=options.drain,
        lose_zone=options.lose_zone,
        node_down=options.node_down,
        pools=options.pool,
    )
    folder = checkout / FOLDER
    simulation = Simulation(checkout, folder)
    with simulation.lock():
        outcomes = rehearse(change, snapshot, folder, _tell)
    if options.html:
        output.write_option("--html", options.html, render_page(outcomes, options.stack))
    if options.json:
        print(json.dumps(to_json(outcomes, options.stack), indent=2))
    else:
        console = Console()
        (console if console.is_terminal else Console(width=160)).print(render(outcomes))
    return max(int(outcome.exit_code) for outcome in outcomes)


def _read(options: argparse.Namespace, checkout: Path) -> ClusterSnapshot:
    namespace, release = _place(checkout, options.stack)
    with _api(options, checkout) as api:
        return read_cluster(api, namespace, release)


def _api(options: argparse.Namespace, checkout: Path) -> Api:
    if options.simulated:
        unset_foreign_variables()
        return Simulation(checkout).cluster.api()
    try:
        return Stack(options.stack, checkout).cluster(options.context)
    except ApiError as error:
        raise ToolError(f"Stack {options.stack}: {error}") from None


def _place(checkout: Path, stack: str) -> tuple[str, str]:
    """The namespace and the release of a stack."""
    simulation = Simulation(checkout)
    names = simulation.stack_names()
    if stack not in names:
        raise ToolError(
            f"There is no config for stack {stack}. The stacks are: {', '.join(names)}."
        )
    text = (checkout / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    config = (load_yaml(text) or {}).get("config") or {}

    def value(key: str, path: str) -> str:
        return str(config.get(f"{simulation.project}:{key}", BY_PATH[path].default))

    return value("namespace", "namespace"), value("releaseName", "release_name")


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
