"""Phrases that the table and the page share."""

from tools.status.report import People, Report, ServiceStatus

_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


def format_age(seconds: int) -> str:
    """Returns a length of time in the largest unit that fits, such as `2 h`."""
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def format_desired(service: ServiceStatus) -> str:
    """Returns the desired number of instances, such as `2` or `2 to 9`."""
    low, high = service.desired, service.desired_max
    return str(low) if high == low else f"{low} to {high}"


def format_people(people: People) -> str:
    """Returns the people, and how many more fit, in one line."""
    if people.left is None:
        return (
            f"at least {people.connected} people on ddp-streamers planned for {people.capacity};"
            f" {people.unknown} of them didn't say"
        )
    left = f"room for {people.left} more" if people.left >= 0 else f"{-people.left} too many"
    return f"{people.connected} of {people.capacity} people on ddp-streamers, {left}"


def headline(report: Report) -> str:
    """Returns the verdict in one line."""
    if not report.healthy:
        return (
            "The workspace is paused on purpose (pause: true), but not yet as configured."
            if report.paused
            else "The workspace doesn't run as configured."
        )
    if report.paused:
        return "The workspace is paused on purpose (pause: true)."
    return f"Rocket.Chat {report.version} runs as configured.".replace("  ", " ")
