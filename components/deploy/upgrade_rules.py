"""The rules about changes of version: what needs care, why, and what to do about it.

The component refuses the steps that need an acknowledgement; the report of a preview shows them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from semver import Version

from components.kube.versions import parse_version

WITHOUT_STREAM_HUB = Version(8, 0, 0)
"""From this version on Rocket.Chat has no stream-hub service."""
RUNS_AS_65533 = Version(7, 0, 0)
"""From this version on the chart runs Rocket.Chat as user 65533; before, as 999."""
RENAMED_VALUES = Version(5, 4, 3)
"""The version of the chart that renamed some of its values."""


@dataclass(frozen=True)
class Versions:
    """The versions of the chart and of Rocket.Chat, which may be empty or no version at all."""

    chart: str
    app: str


class UpgradeKind(Enum):
    """What a step is about."""

    APP_DOWNGRADE = auto()
    APP_MAJOR_SKIPPED = auto()
    APP_NEXT_MAJOR = auto()
    STREAM_HUB_REMOVED = auto()
    CHART_DOWNGRADE = auto()
    CHART_MAJOR = auto()
    CHART_OLDER_THAN_APP = auto()
    UPLOADS_OWNER = auto()
    VALUES_RENAMED = auto()


FOR_INFORMATION = (UpgradeKind.APP_NEXT_MAJOR, UpgradeKind.CHART_MAJOR)
"""Kinds that need no acknowledgement: they are usual, and the preview shows what they do."""


@dataclass(frozen=True)
class UpgradeStep:
    """One thing about a change of version that an operator has to know beforehand."""

    kind: UpgradeKind
    name: str
    """The name for the input `acknowledge`, with the versions, so that it matches no other step."""
    reason: str
    remedy: str

    @property
    def needs_acknowledgement(self) -> bool:
        """Whether the update is refused until the config acknowledges the step."""
        return self.kind not in FOR_INFORMATION


def upgrade_steps(  # noqa: PLR0913 - the facts that rules depend on, each by its name
    running: Versions | None,
    wanted: Versions,
    *,
    made_for: str = "",
    microservices: bool = False,
    uploads: bool = False,
    values: bool = False,
) -> Iterator[UpgradeStep]:
    """Yields each step between the running and the wanted versions that needs attention.

    Of the versions, `reason` and `remedy` contain only what was parsed as one, so that they can be
    shown anywhere.

    Args:
        running: The versions that run; None if nothing does. A version that can't be parsed, such
            as the tag `develop`, is compared with nothing.
        wanted: The versions to deploy.
        made_for: The version of Rocket.Chat that the wanted chart was made for.
        microservices: Whether the workspace runs as microservices.
        uploads: Whether the workspace has an uploads volume.
        values: Whether the config has Helm values of its own.
    """
    app, made_for_app = parse_version(wanted.app), parse_version(made_for)
    chart = parse_version(wanted.chart)
    if app is not None and made_for_app is not None and app.major > made_for_app.major:
        yield UpgradeStep(
            UpgradeKind.CHART_OLDER_THAN_APP,
            f"chart-{wanted.chart}-with-{wanted.app}",
            f"The chart was made for Rocket.Chat {made_for_app}, an older major version than"
            f" {app}.",
            f"Choose a chart that was made for Rocket.Chat {app.major}.",
        )
    if running is None:
        return
    app_before, chart_before = parse_version(running.app), parse_version(running.chart)
    if app_before is not None and app is not None:
        yield from _app_steps(running, wanted, app_before, app)
        if microservices and app_before < WITHOUT_STREAM_HUB <= app:
            yield UpgradeStep(
                UpgradeKind.STREAM_HUB_REMOVED,
                "stream-hub-8.0",
                "Rocket.Chat 8.0 has no stream-hub: its Deployment is deleted, and every service"
                " follows MongoDB's change streams itself.",
                "Make sure that MongoDB is an 8.0 replica set, and that nothing of yours watches"
                " stream-hub.",
            )
    if chart_before is not None and chart is not None:
        yield from _chart_steps(running, wanted, chart_before, chart)
        if uploads and chart_before < RUNS_AS_65533 <= chart:
            yield UpgradeStep(
                UpgradeKind.UPLOADS_OWNER,
                "user-7.0.0",
                "Charts from 7.0.0 on run Rocket.Chat as user 65533, and the files on the uploads"
                " volume belong to user 999.",
                "If the storage doesn't apply fsGroup (NFS usually doesn't), run"
                " `chown -R 65533:65533` on the volume first.",
            )
        if values and chart_before < RENAMED_VALUES <= chart:
            yield UpgradeStep(
                UpgradeKind.VALUES_RENAMED,
                "values-5.4.3",
                "Chart 5.4.3 renamed some of its values and silently ignores the old names.",
                "Check the keys in `values` against the chart's values.yaml.",
            )


def _app_steps(
    running: Versions, wanted: Versions, before: Version, after: Version
) -> Iterator[UpgradeStep]:
    if after < before:
        yield UpgradeStep(
            UpgradeKind.APP_DOWNGRADE,
            f"downgrade-{running.app}-to-{wanted.app}",
            f"Rocket.Chat goes back from {before} to {after}. It migrates its database forward"
            " only, and an older version may refuse to start on it.",
            f"Stay at {before}, or restore the backup of MongoDB that was made before the upgrade"
            f" to it. If no pod of {before} ever started, as with a wrong tag, nothing was"
            " migrated.",
        )
    if after.major - before.major > 1:
        first, last = before.major + 1, after.major - 1
        skipped = f"{first}.x" if first == last else f"{first}.x to {last}.x"
        yield UpgradeStep(
            UpgradeKind.APP_MAJOR_SKIPPED,
            f"rocketchat-{before.major}-to-{after.major}",
            f"Rocket.Chat goes from {before} to {after} and skips {skipped}. It migrates its"
            " database one major version at a time.",
            f"Set image.tag to the last {first}.x release first, wait until it has started, and go"
            " on from there.",
        )
    if after.major - before.major == 1:
        yield UpgradeStep(
            UpgradeKind.APP_NEXT_MAJOR,
            f"rocketchat-{before.major}-to-{after.major}",
            f"Rocket.Chat goes from {before} to {after}, its next major version. It migrates the"
            " database as it starts, and there is no way back without a backup.",
            "Make a backup of MongoDB first.",
        )


def _chart_steps(
    running: Versions, wanted: Versions, before: Version, after: Version
) -> Iterator[UpgradeStep]:
    if after < before:
        yield UpgradeStep(
            UpgradeKind.CHART_DOWNGRADE,
            f"chart-{running.chart}-to-{wanted.chart}",
            f"The chart goes back from {before} to {after}. An older chart may not know what a"
            " newer one made.",
            f"Stay at {before}, or read the release notes of the versions in between and look at"
            " each object.",
        )
    if after.major != before.major:
        yield UpgradeStep(
            UpgradeKind.CHART_MAJOR,
            f"chart-{before.major}-to-{after.major}",
            f"The chart goes from {before} to {after}, another major version, which may rename"
            " values and objects.",
            "Read its upgrade notes first.",
        )
