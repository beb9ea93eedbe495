"""Upgrades that need care: told before anything is touched, until the config acknowledges them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
from semver import Version

from components.inputs.spec import WorkspaceSpec
from components.kube.versions import parse_version

STREAM_HUB_GONE = Version(8, 0, 0)
"""Rocket.Chat from here on has no stream-hub service."""
OTHER_USER = Version(7, 0, 0)
"""Charts from here on run Rocket.Chat as user 65533, where they ran it as 999."""
RENAMED_VALUES = Version(5, 4, 3)
"""The chart renamed some of its values here."""


@dataclass(frozen=True)
class Versions:
    """Which chart and which Rocket.Chat; empty or not a version where that isn't known."""

    chart: str
    app: str


@dataclass(frozen=True)
class Step:
    """One thing about an upgrade that an operator has to know beforehand."""

    name: str
    """What the input `acknowledge` calls it; with its versions, so that it means no other step."""
    reason: str
    way: str


def check(
    spec: WorkspaceSpec,
    running: Versions | None,
    wanted: Versions,
    made_for: str,
) -> list[str]:
    """Raises one `pulumi.RunError` that tells each step that `spec` doesn't acknowledge.

    Comes back with warnings about what it acknowledges in vain. `running` is what runs, None where
    nothing does; `made_for` is the Rocket.Chat that the wanted chart was made for.
    """
    found = list(steps(spec, running, wanted, made_for))
    refused = [step for step in found if step.name not in spec.args.get("acknowledge", [])]
    key = spec.key_format("acknowledge")
    if refused:
        lines = "".join(f"\n  - {step.name}: {step.reason} {step.way}" for step in refused)
        was = f"from {running.app} (chart {running.chart}) " if running else ""
        raise pulumi.RunError(
            f"The way {was}to Rocket.Chat {wanted.app} (chart {wanted.chart}) needs care; nothing"
            f" was changed:{lines}\nWhere you have seen to it, name the step in"
            f" {key}: [{', '.join(step.name for step in refused)}].",
        )
    if running == wanted:
        return []  # an upgrade that is done may stay acknowledged until the next one
    names = {step.name for step in found}
    return [
        f"{key}: {name} is no step of this update. Remove it, so that it allows nothing later."
        for name in spec.args.get("acknowledge", [])
        if name not in names
    ]


def steps(
    spec: WorkspaceSpec,
    running: Versions | None,
    wanted: Versions,
    made_for: str,
) -> Iterator[Step]:
    """Each step on the way from what runs to what is wanted."""
    app, chart_for = parse_version(wanted.app), parse_version(made_for)
    if app is not None and chart_for is not None and app.major > chart_for.major:
        yield Step(
            f"chart-{wanted.chart}-with-{wanted.app}",
            f"chart {wanted.chart} was made for Rocket.Chat {made_for}, which is older.",
            "Take a chart that was made for it.",
        )
    if running is None:
        return
    before = parse_version(running.app)
    if before is not None and app is not None:
        yield from _app_steps(spec, before, app, running, wanted)
    chart_before, chart = parse_version(running.chart), parse_version(wanted.chart)
    if chart_before is not None and chart is not None:
        yield from _chart_steps(spec, chart_before, chart, running, wanted)


def _app_steps(
    spec: WorkspaceSpec,
    before: Version,
    after: Version,
    running: Versions,
    wanted: Versions,
) -> Iterator[Step]:
    if after < before:
        yield Step(
            f"downgrade-{running.app}-to-{wanted.app}",
            "Rocket.Chat migrates its database forward only, and may not start on a newer one.",
            f"Stay at {running.app}, or restore the backup of MongoDB from before it. Where no pod"
            f" of {running.app} has ever started, as with a wrong tag, nothing was migrated.",
        )
    if after.major - before.major > 1:
        between = before.major + 1
        yield Step(
            f"rocketchat-{before.major}-to-{after.major}",
            "a major version is skipped, and with it its migrations of the database.",
            f"Go to the last {between}.x first (image.tag), and on from there.",
        )
    if spec.microservices and before < STREAM_HUB_GONE <= after:
        yield Step(
            "stream-hub-8.0",
            "Rocket.Chat 8.0 has no stream-hub; its Deployment goes, and every service follows"
            " MongoDB's change streams by itself.",
            "See that MongoDB is an 8.0 replica set, and that nothing of yours watches stream-hub.",
        )


def _chart_steps(
    spec: WorkspaceSpec,
    before: Version,
    after: Version,
    running: Versions,
    wanted: Versions,
) -> Iterator[Step]:
    if after < before:
        yield Step(
            f"chart-{running.chart}-to-{wanted.chart}",
            "the chart is older than the one that runs.",
            f"Stay at {running.chart}, or read what came in between.",
        )
    if "uploads" in spec.args and before < OTHER_USER <= after:
        yield Step(
            "user-7.0.0",
            "charts from 7.0.0 on run Rocket.Chat as user 65533, and the files on the uploads"
            " volume belong to user 999.",
            "Where the storage doesn't apply fsGroup (NFS, mostly), run"
            " `chown -R 65533:65533` on the volume first.",
        )
    if spec.values and before < RENAMED_VALUES <= after:
        yield Step(
            "values-5.4.3",
            "chart 5.4.3 renamed some of its values, and drops the old names without a word.",
            "Go through the keys in `values` with the chart's values.yaml at hand.",
        )
