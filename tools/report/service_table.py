"""The table of services in the Markdown document."""

from components.kube.images import ImageReference
from tools.report.escape import inline_code
from tools.report.pods import NO_INSTANCES
from tools.report.report import Report
from tools.report.sentences import enumeration, is_plain_words
from tools.report.services import Impact, ServiceChange


def service_table(report: Report) -> str:
    """A row for each service, changed or not."""
    releases = {service.release for service in report.services if service.release}
    lines = [
        "| service | instances | image | pods restart | user impact |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(service, with_release=len(releases) > 1) for service in report.services]
    return "\n".join(lines)


def _row(change: ServiceChange, *, with_release: bool) -> str:
    name = change.service.kebab_name
    if with_release:
        name += f" of {inline_code(change.release)}"
    restarts = "no"
    if change.restarts:
        reasons = [
            reason if is_plain_words(reason) else inline_code(reason) for reason in change.restarts
        ]
        restarts = f"yes: {enumeration(reasons)}"
    elif change.before == NO_INSTANCES:
        restarts = "resumed" if change.resumed else "new"
    elif change.after == NO_INSTANCES:
        restarts = "paused" if change.paused else "removed"
    impact = change.impact.value
    if change.impact is Impact.DOWNTIME:
        impact = f"**{impact}**"
    details = [change.impact_reason, str(change.sockets or "")]
    if any(details):
        impact += f" ({': '.join(filter(None, details))})"
    instances = str(change.after)
    if change.before != change.after:
        instances = f"{change.before} → **{change.after}**"
    cells = (f"**{name}**" if change.changed else name, instances, _image(change), restarts, impact)
    return f"| {' | '.join(cells)} |"


def _image(change: ServiceChange) -> str:
    before, after = change.image_before, change.image_after
    if not before and not after:
        return "unchanged"
    if before == after or not before or not after:
        return inline_code(_without_repository(after or before))
    old, new = ImageReference.parse(before), ImageReference.parse(after)
    # Usually only the tag changes.
    if new.tag and not new.digest and old.repository == new.repository:
        return f"{inline_code(_without_repository(before))} → **{inline_code(new.tag)}**"
    return f"{inline_code(before)} → **{inline_code(after)}**"


def _without_repository(image: str) -> str:
    """`rocket.chat:8.6.1` of `registry.rocket.chat/rocketchat/rocket.chat:8.6.1`."""
    return image.rpartition("/")[2]
