"""`python -m tools.adopt`: takes a running Helm release over into a stack, or hands it back."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pulumi
from rich.console import Console

from components.chart.known_values import known_keys, unknown_keys
from tools import output
from tools.adopt import environment, record
from tools.adopt.environment import Place
from tools.adopt.errors import AdoptError
from tools.adopt.mapping import Translation, translate
from tools.adopt.plan import Plan
from tools.adopt.project import Project
from tools.adopt.record import Release
from tools.adopt.return_to_helm import Handback
from tools.adopt.source import of_file, of_release
from tools.adopt.takeover import Takeover
from tools.errors import ToolError
from tools.simulation.workspace import FOREIGN, Workspace

_MOST_PATHS = 6
"""More of them in one object say no more than these."""
_console = Console(highlight=False, markup=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None, simulation: Workspace | None = None) -> int:
    """Does what is asked; 0 means that it is done, 1 that it told why not."""
    given = _arguments(arguments)
    if given.simulated:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            del os.environ[name]
    workspace = (simulation or Workspace()) if given.simulated else None
    try:
        with workspace.lock() if workspace else nullcontext():
            where = (
                environment.simulated(workspace) if workspace else environment.own(given.context)
            )
            with where.api:
                return _run(where, given)
    except (AdoptError, ToolError, pulumi.RunError) as error:
        output.complain(str(error))
    except OSError as error:
        output.complain(output.told(error))
    return 1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.adopt", description=__doc__)
    add = parser.add_argument
    add("--release", default="chat", help="Helm's release; default chat")
    add("--namespace", default="chat", help="its namespace; default chat")
    add("--stack", help="the stack to make; default is the release's name")
    add("--chart", help="the chart's package or folder, in place of the official one's version")
    add("--values", type=Path, metavar="FILE", help="only write a stack config for these values")
    add("--as-is", action="store_true", help="change nothing but who owns it; no pod restarts")
    add("--hand-back", action="store_true", help="give the workspace back to Helm")
    add("--context", help="a context of the kubeconfig; default is the current one")
    add("--simulated", action="store_true", help="on the simulated cluster")
    add("--yes", action="store_true", help="don't ask")
    return parser.parse_args(arguments)


def _run(where: Place, given: argparse.Namespace) -> int:
    project = where.project(given.stack or given.release)
    project.check_cluster()
    if given.values:
        return _write_only(where, project, given)
    release = record.find(where.api, given.release, given.namespace)
    if release is None:
        there = ", ".join(record.names(where.api, given.namespace)) or "none"
        raise AdoptError(
            f"Helm has no release {given.release} in namespace {given.namespace}; the releases"
            f" there: {there}.",
        )
    if given.hand_back:
        return _hand_back(Handback(where.api, project, release), given)
    return _adopt(where, Takeover(where.api, project, release), given)


def _adopt(where: Place, takeover: Takeover, given: argparse.Namespace) -> int:
    release, project = takeover.release, takeover.project
    if not record.originals(where.api, release.name, release.namespace):
        _console.print(
            f"Release {release.name} was taken over already: stack {project.stack} has it. To hand"
            " it back: --hand-back.",
        )
        return 0
    _check(release)
    chart, path = environment.chart_of(
        given.chart, release.chart_version, simulated=where.simulated
    )
    translation = translate(of_release(where.api, release, as_is=given.as_is))
    _add_unknown(translation, path)
    wrote = takeover.configure(translation, chart)
    file = where.finish(project)
    _console.print(
        f"Release {release.name}, revision {release.revision}, chart {release.chart_version}."
        f"\n{file.name} {'says in inputs what its values said' if wrote else 'is as it was left'}.",
    )
    _tell(translation)
    wanted = takeover.wanted()
    if given.as_is and takeover.keep_pods(wanted):
        wanted = takeover.wanted()
        where.finish(project)
    _show(takeover.plan(wanted))
    if not _agreed(given, f"Take {release.name} over into stack {project.stack}?"):
        _console.print("Nothing on the cluster was changed.")
        return 1
    takeover.run(wanted, _told)
    where.finish(project)
    _console.print(
        f"Stack {project.stack} has the workspace now. Helm's record is kept in namespace"
        f" {release.namespace} as {record.copy_name('sh.helm.release.v1.…')}, to be handed back.",
    )
    return 0


def _hand_back(handback: Handback, given: argparse.Namespace) -> int:
    release, project = handback.release, handback.project
    if not record.copies(handback.api, release.name, release.namespace):
        _console.print(f"Release {release.name} is Helm's already.")
        return 0
    _lines(
        "Removed, as Helm doesn't know it",
        [f"{one['kind']}/{one['metadata']['name']}" for one in handback.removed()],
    )
    wanted = handback.wanted()
    _show(handback.plan(wanted))
    left = handback.left()
    _lines("Stays, as pods may read it; delete it when nothing does any more", left)
    _lines("The next `helm upgrade` sets back", handback.scaled(wanted))
    if not _agreed(given, f"Hand {release.name} back to Helm, and let {project.stack} forget it?"):
        _console.print("Nothing was changed.")
        return 1
    handback.run(wanted, _told)
    _console.print(
        f"Helm has release {release.name} again, as of revision {release.revision}. Stack"
        f" {project.stack} is empty; {project.file.name} stays.",
    )
    return 0


def _write_only(where: Place, project: Project, given: argparse.Namespace) -> int:
    """Writes a config for a file of values; nothing on the cluster is touched."""
    if project.config():
        raise AdoptError(f"{project.file.name} is there already. Name another stack by --stack.")
    chart, path = environment.chart_of(given.chart, None, simulated=where.simulated)
    source = of_file(
        given.values,
        path,
        release=given.release,
        namespace=given.namespace,
        as_is=given.as_is,
    )
    translation = translate(source)
    _add_unknown(translation, path)
    project.write(
        {**translation.config, **({"chart": chart} if chart else {})},
        f"From the Helm values in {given.values.name}.",
    )
    project.select()
    for key, text in translation.secrets.items():
        project.set_secret(key, text)
    _console.print(f"{where.finish(project).name} says in inputs what {given.values} says.")
    _tell(translation)
    return 0


def _check(release: Release) -> None:
    if release.chart != "rocketchat":
        raise AdoptError(f"Release {release.name} is of chart {release.chart}, not rocketchat.")
    if release.status != "deployed":
        raise AdoptError(
            f"Release {release.name} is {release.status}. Let Helm finish it first: `helm status`,"
            " then `helm rollback` or `helm upgrade`.",
        )


def _add_unknown(translation: Translation, chart: Path) -> None:
    """Adds what the chart doesn't have to what it ignores."""
    values = translation.config.get("values")
    if values:
        translation.ignored += unknown_keys(values, known_keys(chart))


def _tell(translation: Translation) -> None:
    if translation.secrets:
        _lines("Encrypted in it", list(translation.secrets))
    _lines("Ignored by the chart until now", translation.ignored)
    _lines("To know", translation.notes)


def _show(plan: Plan) -> None:
    _console.print(f"{len(plan.same)} objects are taken over as they are.")
    for one in plan.changed:
        _console.print(f"  {one.what} changes{', and its pods restart' if one.restarts else ''}:")
        for path in one.paths[:_MOST_PATHS]:
            _console.print(f"    {path}")
        if len(one.paths) > _MOST_PATHS:
            _console.print(f"    and {len(one.paths) - _MOST_PATHS} more")
    _lines("Added", plan.added)
    _lines("Stays on the cluster, and the stack knows nothing of it", plan.left)
    _console.print("Nothing is deleted or replaced.")


def _lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        _console.print(f"{title}:")
        for line in lines:
            _console.print(f"  {line}")


def _agreed(given: argparse.Namespace, question: str) -> bool:
    if given.yes:
        return True
    if not sys.stdin.isatty():
        raise AdoptError("Nobody can be asked here. Read the above, and give --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _told(what: str) -> None:
    _console.print(f"{what} …")


if __name__ == "__main__":
    sys.exit(main())
