"""Takes a running Helm release over into a stack, or returns it: `python -m tools.adopt`."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pulumi
from rich.console import Console

from components.chart.known_values import known_keys
from components.chart.package import load_chart
from components.chart.values import merge_values
from components.inputs.resolve import resolve_chart
from components.kube.api import Api
from components.kube.objects import kind_and_name
from tools import output
from tools.adopt import record
from tools.adopt.chart_source import find_chart
from tools.adopt.checks import check
from tools.adopt.environment import (
    Environment,
    own_environment,
    simulated_environment,
)
from tools.adopt.helm_to_inputs import translate
from tools.adopt.plan import Plan
from tools.adopt.project import Project
from tools.adopt.record import Release
from tools.adopt.return_to_helm import ReturnToHelm
from tools.adopt.source import from_release, from_values
from tools.adopt.takeover import Takeover
from tools.adopt.translation import Translation
from tools.adopt.unrecorded import describe, find_chart_version
from tools.adopt.values_file import ValuesFile, read_values, select_subchart
from tools.errors import ToolError
from tools.simulation.simulation import Simulation, unset_foreign_variables

_CHART = "rocketchat"
_MAX_FIELDS = 6
"""How many changed fields of one object are shown."""
_console = Console(highlight=False, markup=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None, simulation: Simulation | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The command line's arguments; those of this process if left out.
        simulation: The workspace for `--simulated`; this checkout's if left out.

    Returns:
        The exit code: 0 if everything is done, 1 if the reason why not was shown.
    """
    options = _parse(arguments)
    if options.simulated:
        unset_foreign_variables()
    simulation = (simulation or Simulation()) if options.simulated else None

    def body() -> int:
        with simulation.lock() if simulation else nullcontext():
            environment = (
                simulated_environment(simulation)
                if simulation
                else own_environment(options.context)
            )
            return _run(environment, options)

    return output.run_command(body, errors=(ToolError, pulumi.RunError))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.adopt", description=__doc__)
    add = parser.add_argument
    add("--release", default="chat", help="the Helm release; default chat")
    add("--namespace", default="chat", help="its namespace; default chat")
    add("--stack", help="the stack to create; default is the release's name")
    add("--chart", help="a chart's package or folder in place of the official one's version")
    add("--host", help="the host name, where the values have none")
    add("--without-record", action="store_true", help="take over what Helm has no record of")
    add("--subchart", metavar="KEY", help="the key of an umbrella chart's values to read")
    add("--values", type=Path, metavar="FILE", help="only write a stack config for these values")
    add("--as-is", action="store_true", help="change nothing but the owner; no pod restarts")
    add("--return-to-helm", action="store_true", help="return the workspace to Helm")
    add("--context", help="a context of the kubeconfig; default is the current one")
    add("--simulated", action="store_true", help="on the simulated cluster")
    add("--yes", action="store_true", help="don't ask for confirmation")
    return parser.parse_args(arguments)


def _run(environment: Environment, options: argparse.Namespace) -> int:
    project = environment.project(options.stack or options.release)
    project.check_cluster()
    if options.values and not options.without_record:
        return _write_config_only(environment, project, options)
    with environment.connect() as api:
        return _run_on_cluster(environment, api, project, options)


def _run_on_cluster(
    environment: Environment, api: Api, project: Project, options: argparse.Namespace
) -> int:
    if options.without_record and not options.return_to_helm:
        return _adopt_without_record(environment, api, project, options)
    release = record.find_release(
        api, options.release, options.namespace, adopted=options.return_to_helm
    )
    if release is None:
        names = ", ".join(record.release_names(api, options.namespace)) or "none"
        raise ToolError(
            f"Helm has no release {options.release} in namespace {options.namespace}; the releases"
            f" there: {names}. What Helm has no record of can be taken over by its values:"
            " --without-record --values FILE."
        )
    if options.return_to_helm:
        return _return_to_helm(ReturnToHelm(api, project, release), options)
    if release.chart != _CHART:
        return _adopt_subchart(environment, api, project, release, options)
    return _adopt(environment, Takeover(api, project, release), options)


def _adopt_subchart(
    environment: Environment,
    api: Api,
    project: Project,
    release: Release,
    options: argparse.Namespace,
) -> int:
    """Takes the objects of one chart out of a release of an umbrella chart."""
    values = merge_values(release.defaults, release.values)
    if options.subchart is None:
        keys = ", ".join(key for key, below in values.items() if isinstance(below, Mapping))
        raise ToolError(
            f"Release {release.name} is of chart {release.chart}. If {_CHART} is a part of it, name"
            f" the key of its values by --subchart; there are: {keys or 'none'}."
        )
    return _adopt_unrecorded(environment, api, project, ValuesFile(values), options)


def _adopt(environment: Environment, takeover: Takeover, options: argparse.Namespace) -> int:
    api, release, project = takeover.api, takeover.release, takeover.project
    find = record.find_records if release.is_recorded else record.find_copies
    if bool(find(api, release.name, release.namespace)) != release.is_recorded:
        _console.print(
            f"Stack {project.stack} has already taken release {release.name} over. To return it:"
            " --return-to-helm."
        )
        return 0
    chart_input, chart = find_chart(
        options.chart,
        release.chart_version,
        environment.program_folder,
        simulated=environment.simulated,
    )
    translation = Translation()
    if options.host:
        release = replace(release, values={**release.values, "host": options.host})
    source = from_release(api, release, chart, translation, as_is=options.as_is)
    translate(source, translation)
    check(translation, chart_input, environment.program_folder)
    is_written = takeover.configure(translation, chart_input)
    file = environment.publish(project)
    _console.print(
        f"Release {release.name}, revision {release.revision} ({release.status}), chart"
        f" {release.chart_version}."
    )
    _console.print(
        f"{file.name} has the inputs that are equivalent to its values."
        if is_written
        else f"{file.name} stays as it is."
    )
    _print_translation(translation)
    desired = takeover.desired()
    if options.as_is and takeover.add_pod_template_overrides(desired):
        desired = takeover.desired()
        environment.publish(project)
    plan = takeover.plan(desired)
    _print_plan(plan)
    _print_list("Changed or added by others", takeover.by_others(desired))
    _print_list("Left on the cluster, outside the stack", plan.left_behind)
    for deployer in takeover.deployers():
        _console.print(f"{deployer.name} deploys it, too. Before you go on: {deployer.advice}")
    _console.print("Nothing is deleted or replaced.")
    if not _confirm(options, f"Take {release.name} over into stack {project.stack}?"):
        _console.print("Nothing on the cluster was changed.")
        return 1
    takeover.run(desired, _print_step)
    environment.publish(project)
    kept = "Helm's record is" if release.is_recorded else "What it was is"
    _console.print(
        f"Stack {project.stack} has the workspace now. {kept} kept in namespace"
        f" {release.namespace} as {record.COPY_PREFIX}…, so that it can be returned."
    )
    return 0


def _adopt_without_record(
    environment: Environment, api: Api, project: Project, options: argparse.Namespace
) -> int:
    if not options.values:
        raise ToolError("--without-record needs the values by --values.")
    return _adopt_unrecorded(environment, api, project, read_values(options.values), options)


def _adopt_unrecorded(
    environment: Environment,
    api: Api,
    project: Project,
    file: ValuesFile,
    options: argparse.Namespace,
) -> int:
    """Takes over objects by the values that they were rendered with."""
    name, namespace = options.release, options.namespace
    version = None if options.chart else find_chart_version(api, name, namespace)
    _, chart = find_chart(
        options.chart, version, environment.program_folder, simulated=environment.simulated
    )
    values = select_subchart(file, options.subchart, known_keys(chart)).values
    version = version or load_chart(resolve_chart({"path": str(chart)}), Path.cwd()).version
    release = describe(api, values, chart, version, release=name, namespace=namespace)
    return _adopt(environment, Takeover(api, project, release), options)


def _return_to_helm(return_to_helm: ReturnToHelm, options: argparse.Namespace) -> int:
    api, release, project = return_to_helm.api, return_to_helm.release, return_to_helm.project
    if not record.find_copies(api, release.name, release.namespace):
        _console.print(f"Helm already has release {release.name}.")
        return 0
    desired = return_to_helm.desired()
    _print_plan(return_to_helm.plan(desired))
    _print_list("Deleted, as Helm doesn't know them", map(kind_and_name, return_to_helm.deleted()))
    _print_list(
        "Left on the cluster, as pods may read it; delete it when none does",
        return_to_helm.left_behind(),
    )
    _print_list("Scaled back by the next `helm upgrade`", return_to_helm.scaled(desired))
    if not _confirm(options, f"Return {release.name} to Helm, and empty stack {project.stack}?"):
        _console.print("Nothing was changed.")
        return 1
    return_to_helm.run(desired, _print_step)
    back = (
        f"Helm has release {release.name} again, as of revision {release.revision}"
        if release.is_recorded
        else f"{release.owner.manager} owns the objects again"
    )
    _console.print(f"{back}. Stack {project.stack} is empty; {project.file.name} stays.")
    return 0


def _write_config_only(
    environment: Environment, project: Project, options: argparse.Namespace
) -> int:
    """Writes a stack config for a file of values, and changes nothing on the cluster."""
    if project.file.config():
        raise ToolError(f"{project.file.name} already exists. Name another stack by --stack.")
    file = read_values(options.values)
    chart_input, chart = find_chart(
        options.chart, None, environment.program_folder, simulated=environment.simulated
    )
    file = select_subchart(file, options.subchart, known_keys(chart))
    translation = Translation(notes=list(file.notes))
    values = {**file.values, **({"host": options.host} if options.host else {})}
    source = from_values(
        values,
        chart,
        translation,
        release=options.release,
        namespace=options.namespace,
        as_is=options.as_is,
    )
    translate(source, translation)
    check(translation, chart_input, environment.program_folder)
    config = {**translation.config, **({"chart": chart_input} if chart_input else {})}
    project.write_config(config, f"From the Helm values in {options.values.name}.")
    try:
        project.select()
        for key, text in translation.secrets.items():
            project.set_secret(key, text)
    except BaseException:
        # Half a config would look like a whole one.
        project.file.path.unlink(missing_ok=True)
        raise
    written = environment.publish(project)
    _console.print(f"{written.name} has the inputs that are equivalent to {options.values}.")
    _print_translation(translation)
    return 0


def _print_translation(translation: Translation) -> None:
    _print_list("Encrypted in it", translation.secrets)
    _print_list("Ignored by the chart until now", translation.ignored)
    _print_list("Notes", translation.notes)


def _print_plan(plan: Plan) -> None:
    _console.print(f"{len(plan.unchanged)} objects stay as they are.")
    for change in plan.changed:
        restart = ", and its pods restart" if change.restarts_pods else ""
        fields = list(change.fields[:_MAX_FIELDS])
        if len(change.fields) > _MAX_FIELDS:
            fields.append(f"and {len(change.fields) - _MAX_FIELDS} more")
        _console.print(f"  {change.object} changes{restart}:")
        for path in fields:
            _console.print(f"    {path}")
    _print_list("Added", plan.added)


def _print_list(title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        _console.print(f"{title}:")
        for line in lines:
            _console.print(f"  {line}")


def _print_step(step: str) -> None:
    _console.print(f"{step} …")


def _confirm(options: argparse.Namespace, question: str) -> bool:
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise ToolError("There is no terminal to ask on. Read the above, and give --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


if __name__ == "__main__":
    sys.exit(main())
