"""How the table and the page put things."""

from tools.status.report import Report, ServiceStatus

_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


def age(seconds: int) -> str:
    """A length of time in the largest unit that fits."""
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def asked_for(one: ServiceStatus) -> str:
    """How many instances were asked for."""
    return str(one.asked) if one.most == one.asked else f"{one.asked} to {one.most}"


def headline(report: Report) -> str:
    """The verdict in one line."""
    if not report.runs:
        return "What was asked for doesn't run."
    return f"Rocket.Chat {report.version} runs as it was asked for.".replace("  ", " ")
