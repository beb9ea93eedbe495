"""Changes of the versions of Rocket.Chat and of the chart."""

from components.deploy.upgrade_rules import UpgradeStep, Versions, upgrade_steps
from components.kube.images import ImageReference
from components.kube.objects import nested_map
from tools.report.changes import CHART_LABEL
from tools.report.preview import Preview, Properties, to_string
from tools.report.services import ServiceChange, monolith_change


def find_upgrade_steps(preview: Preview, services: list[ServiceChange]) -> list[UpgradeStep]:
    """The steps of an upgrade, without those that depend on the config, which isn't known here."""
    monolith = monolith_change(services)
    if monolith is None:
        return []
    chart_before = _chart_version(monolith.old) or to_string(preview.outputs.get("chartVersion"))
    before = Versions(chart_before, ImageReference.parse(monolith.image_before).tag)
    after = Versions(_chart_version(monolith.new), ImageReference.parse(monolith.image_after).tag)
    return list(upgrade_steps(before, after))


def _chart_version(workload: Properties | None) -> str:
    label = nested_map(workload, "metadata", "labels").get(CHART_LABEL)
    return to_string(label).rpartition("rocketchat-")[2]
