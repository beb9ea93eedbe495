"""The variables that Rocket.Chat's images read, and whether they understand the rendered values.

What isn't listed here is for the monolith's settings, Node.js or the operator's own proxies, and
takes any value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components.kube.objects import KubernetesObject, nested_list
from components.services import NATS, ROCKETCHAT, Service

RETRIES = "RETRY_ENABLED"
"""Whether calls between services are tried again."""
_INTERVAL, _TIMEOUT = "HEARTBEAT_INTERVAL", "HEARTBEAT_TIMEOUT"


@dataclass(frozen=True)
class Form:
    """What values an image understands."""

    description: str
    pattern: str

    def accepts(self, value: str) -> bool:
        """Whether the image reads `value` as it was meant."""
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


_SWITCH = Form("true or false", "true|false")
_NUMBER = Form("an integer", "[0-9]+")
_POSITIVE = Form("an integer above 0", "0*[1-9][0-9]*")
_LEVEL = Form("fatal, error, warn, info, debug or trace", "fatal|error|warn|info|debug|trace")
_STRATEGY = Form(
    "RoundRobin, Random, CpuUsage, Latency or Shard", "RoundRobin|Random|CpuUsage|Latency|Shard"
)


@dataclass(frozen=True)
class Variable:
    """A variable that images read."""

    name: str
    form: Form
    default: str
    """What the image takes where the variable isn't set."""
    effect: str
    misread: str = ""
    """What the image makes of another value."""


VARIABLES = (
    Variable(RETRIES, _SWITCH, "false", "tries failed calls between services again", "false"),
    Variable("RETRY_RETRIES", _NUMBER, "5", "how often a call is tried again"),
    Variable("RETRY_DELAY", _NUMBER, "100", "ms before a call is tried again"),
    Variable("RETRY_MAX_DELAY", _NUMBER, "1000", "most ms before a call is tried again"),
    Variable("RETRY_FACTOR", _POSITIVE, "2", "by what the delay grows each time"),
    Variable("REQUEST_TIMEOUT", _NUMBER, "60", "s that a call may take"),
    Variable(_INTERVAL, _POSITIVE, "10", "s between signs of life on the bus"),
    Variable(_TIMEOUT, _POSITIVE, "30", "s without one until a service counts as gone"),
    Variable("BULKHEAD_ENABLED", _SWITCH, "false", "limits the calls at a time", "false"),
    Variable("BULKHEAD_CONCURRENCY", _POSITIVE, "10", "calls at a time, where limited"),
    Variable("BULKHEAD_MAX_QUEUE_SIZE", _NUMBER, "10000", "calls that wait, where limited"),
    Variable("BALANCE_STRATEGY", _STRATEGY, "RoundRobin", "which instance gets a call"),
    Variable(
        "BALANCE_PREFER_LOCAL", _SWITCH, "true", "calls the process's own services first", "true"
    ),
    Variable("MOLECULER_LOG_LEVEL", _LEVEL, "warn", "what is logged about the bus"),
    Variable("MS_METRICS", _SWITCH, "false", "serves metrics of the bus", "false"),
    Variable("MS_METRICS_PORT", _POSITIVE, "9458", "the port that serves them"),
)
"""What every service reads to work on the bus.

Source: Rocket.Chat, ee/packages/network-broker/src/moleculer.ts. Switches are compared with one
word, and numbers go through `parseInt`.
"""
BY_NAME = {variable.name: variable for variable in VARIABLES}
MONOLITH_ONLY = re.compile(
    "ROOT_URL|MAIL_URL|REG_TOKEN|ROCKETCHAT_LICENSE|ADMIN_(NAME|USERNAME|PASS|EMAIL)"
    "|INITIAL_USER|(OVERWRITE_SETTING|SETTINGS)_.*"
)
"""Variables that only the monolith reads: the other services take settings from the database."""


@dataclass(frozen=True)
class Misread:
    """A variable whose value an image doesn't read as it was meant."""

    name: str
    expected: str
    actual: str


def misread_variables(service: Service, container: KubernetesObject) -> Iterator[Misread]:
    """Yields the variables of a service's container that its image ignores or misunderstands.

    Values from Secrets and other references aren't known here, and are passed over.
    """
    if service is NATS:
        return
    values = {
        entry["name"]: str(entry["value"])
        for entry in nested_list(container, "env")
        if "value" in entry
    }
    for name, value in values.items():
        variable = BY_NAME.get(name)
        if variable is not None and not variable.form.accepts(value):
            taken = f", which it reads as {variable.misread}" if variable.misread else ""
            yield Misread(name, variable.form.description, f"{value}{taken}")
    interval, timeout = (
        int(value) if BY_NAME[name].form.accepts(value) else None
        for name in (_INTERVAL, _TIMEOUT)
        for value in [values.get(name, BY_NAME[name].default)]
    )
    if interval is not None and timeout is not None and timeout <= interval:
        yield Misread(_TIMEOUT, f"more than {_INTERVAL}, which is {interval}", str(timeout))


def is_ignored(service: Service, name: str) -> bool:
    """Whether a service's image reads no variable of this name, although the monolith's does."""
    return service is not ROCKETCHAT and MONOLITH_ONLY.fullmatch(name) is not None
