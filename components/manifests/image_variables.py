"""The variables that Rocket.Chat's images read, and whether they understand the rendered values.

What isn't listed here is for the monolith's settings, Node.js or the operator's own proxies, and
takes any value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from components.kube.objects import KubernetesObject, find_env, nested_list
from components.messages import redact
from components.services import NATS, QUEUE_WORKER, ROCKETCHAT, SERVICES, Service

RETRIES = "RETRY_ENABLED"
"""Whether calls between services are tried again."""
RETRY_DELAY = "RETRY_DELAY"
"""Read twice by queue-worker: for calls, and for jobs of its queue."""
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
_WORD = Form("yes, true, no or false", "(?i:yes|true|no|false)")
_PORT = Form(
    "a port from 1 to 65535",
    r"0*(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])",
)
_CACHE = Form("Memory, MemoryLRU or the URL of a Redis", "(?i:memory|memorylru)|rediss?://.+")
_SERIALIZER = Form("EJSON or JSON", "EJSON|(?i:json)")
_NUMBER = Form("an integer", "[0-9]+")
_POSITIVE = Form("an integer above 0", "0*[1-9][0-9]*")
_LEVEL = Form("fatal, error, warn, info, debug or trace", "fatal|error|warn|info|debug|trace")
_STRATEGY = Form(
    "RoundRobin, Random, CpuUsage, Latency or Shard",
    "(?i:RoundRobin|Random|CpuUsage|Latency|Shard)",
)


ROCKETCHAT_SERVICES = tuple(service for service in SERVICES if service is not NATS)


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
    services: tuple[Service, ...] = ROCKETCHAT_SERVICES
    """The services whose images read it."""


VARIABLES = (
    Variable(RETRIES, _SWITCH, "false", "tries failed calls between services again", "false"),
    Variable("RETRY_RETRIES", _NUMBER, "5", "how often a call is tried again"),
    Variable(RETRY_DELAY, _NUMBER, "100", "ms before a call is tried again"),
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
    Variable("MS_METRICS_PORT", _PORT, "9458", "the port that serves them"),
    Variable("CACHE", _CACHE, "Memory", "where answers of calls are cached"),
    Variable("SERIALIZER", _SERIALIZER, "EJSON", "how messages on the bus are written"),
    Variable(
        "SKIP_PROCESS_EVENT_REGISTRATION", _SWITCH, "false", "ignores signals to stop", "false"
    ),
    Variable("TRACING_ENABLED", _WORD, "no", "sends traces by OpenTelemetry", "no"),
    Variable(
        "LICENSE_CHECK_INTERVAL",
        _POSITIVE,
        "20",
        "s between looks whether the licence allows several instances",
        "20",
    ),
    Variable(
        "MAX_FAILS", _POSITIVE, "2", "looks without a licence until a surplus instance stops", "2"
    ),
    Variable(
        "POLLING_INTERVAL",
        _POSITIVE,
        "5000",
        "ms between looks into the queue",
        "5000",
        (QUEUE_WORKER,),
    ),
)
"""What the services read to work on the bus, and beside it.

Source: Rocket.Chat, ee/packages/network-broker/src (moleculer.ts, licenseEnforcement.ts),
ee/packages/omnichannel-services/src/QueueWorker.ts, packages/tracing; moleculer 0.14 for the names
of strategies, caches, levels and serializers. Switches are compared with one word, numbers go
through `parseInt` or `Number`, and an unknown strategy, cache or serializer ends the service.
"""
SHARED = {"MS_NAMESPACE": "", "SERIALIZER": "EJSON"}
"""Variables that every service needs the same value of to be understood, with their defaults."""
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
        if variable is None or service not in variable.services:
            continue
        if not variable.form.accepts(value):
            taken = f", which it reads as {variable.misread}" if variable.misread else ""
            yield Misread(name, variable.form.description, f"{redact(value)}{taken}")
    interval, timeout = (
        int(value) if BY_NAME[name].form.accepts(value) else None
        for name in (_INTERVAL, _TIMEOUT)
        for value in [values.get(name, BY_NAME[name].default)]
    )
    if interval is not None and timeout is not None and timeout <= interval:
        yield Misread(_TIMEOUT, f"more than {_INTERVAL}, which is {interval}", str(timeout))


def shared_value(container: KubernetesObject, name: str) -> str:
    """Returns the value of a variable in `SHARED`, or a text that is the same for a reference."""
    entry = find_env(container, name)
    return SHARED[name] if entry is None else str(entry.get("value", entry.get("valueFrom")))


def is_ignored(service: Service, name: str) -> bool:
    """Whether a service's image reads no variable of this name, although another's does."""
    variable = BY_NAME.get(name)
    if variable is not None:
        return service not in variable.services
    return service not in (ROCKETCHAT, NATS) and MONOLITH_ONLY.fullmatch(name) is not None
