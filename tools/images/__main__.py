"""`python -m tools.images`: prints every image of a stack, as the chart names it.

`image.registry` is left out, so that the list says what a registry has to mirror. Neither a cluster
nor the stack's secrets are needed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from components.chart.package import load_chart
from components.inputs.spec import ChartSource
from tools import output
from tools.images.stack import images, load_spec

_API_VERSION = "content.hauler.cattle.io/v1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.images", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack whose Pulumi.STACK.yaml is read")
    parser.add_argument("--cwd", type=Path, default=Path(), help="the program's folder")
    parser.add_argument("--chart", help="a package or folder in place of the stack's chart")
    parser.add_argument("--hauler", action="store_true", help="print a manifest for Hauler")
    options = parser.parse_args(arguments)
    return output.run_command(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    spec = load_spec(options.cwd, options.stack, options.chart)
    chart = load_chart(spec.chart, options.cwd)
    found = images(spec, chart)
    print(_hauler_manifest(found, spec.chart) if options.hauler else "\n".join(found))
    return 0


def _hauler_manifest(found: Sequence[str], source: ChartSource) -> str:
    documents = [
        {
            "apiVersion": _API_VERSION,
            "kind": "Images",
            "metadata": {"name": "rocketchat-images"},
            "spec": {"images": [{"name": image} for image in found]},
        }
    ]
    if source.path is None:
        chart = {"name": "rocketchat", "repoURL": source.repository, "version": source.version}
        documents.append(
            {
                "apiVersion": _API_VERSION,
                "kind": "Charts",
                "metadata": {"name": "rocketchat-charts"},
                "spec": {"charts": [chart]},
            }
        )
    return yaml.safe_dump_all(documents, sort_keys=False).rstrip()


if __name__ == "__main__":
    sys.exit(main())
