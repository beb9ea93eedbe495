"""The instances that the workspace itself reports, by its REST API."""

import ipaddress
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from components.services import DDP_STREAMER, ROCKETCHAT
from tools.errors import ToolError
from tools.status.public import SECONDS, reason
from tools.status.report import Difference, Instance, ServiceStatus, WorkspaceInstance

USER, TOKEN = "ROCKETCHAT_USER_ID", "ROCKETCHAT_TOKEN"
"""Environment variables; an argument could be read by everybody on the machine."""
PATH = "/api/v1/instances.get"
MONOLITH = "rocket.chat"
"""The name under which a monolith reports itself; ddp-streamer does so under its own."""


@dataclass(frozen=True)
class Login:
    """A personal access token of an administrator."""

    user: str
    token: str

    def __repr__(self) -> str:
        return "Login(…)"


def login() -> Login | None:
    """The token in the environment, if there is one."""
    # What was read from a file often ends in a line break.
    user, token = (os.environ.get(name, "").strip() for name in (USER, TOKEN))
    if not user and not token:
        return None
    if not user or not token:
        missing = TOKEN if user else USER
        raise ToolError(f"{missing} isn't set. Set {USER} and {TOKEN} together, or neither.")
    return Login(user, token)


def instances(url: str, login: Login) -> list[WorkspaceInstance]:
    """What the workspace at `url` reports. Raises `ToolError`, without a word of the token."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not _loopback(parts.hostname or ""):
        raise ToolError(
            f"The workspace's address {url} isn't https, and a token sent there could be read on"
            " the way. Give another address by --url, such as a port-forward's.",
        )
    headers = {"X-User-Id": login.user, "X-Auth-Token": login.token}
    try:
        answer = httpx.get(url.rstrip("/") + PATH, headers=headers, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # What can't be sent is quoted by the error.
        unsent = isinstance(error, (ValueError, httpx.LocalProtocolError))
        words = "the user's ID or the token isn't plain text" if unsent else reason(error)
        raise ToolError(f"The workspace at {url} can't be asked: {words}.") from None
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise ToolError(
            f"The workspace at {url} doesn't take the token ({answer.status_code}). It has to be"
            " one of a user with the permission view-statistics, such as an administrator's.",
        )
    try:
        came = answer.json()
    except ValueError:
        came = None
    if not isinstance(came, Mapping) or not isinstance(came.get("instances"), list):
        raise ToolError(
            f"The workspace at {url} answers {answer.status_code}, and not as Rocket.Chat's"
            f" {PATH}.",
        )
    return [parse(one) for one in came["instances"] if isinstance(one, Mapping)]


def parse(one: Mapping[str, Any]) -> WorkspaceInstance:
    """One item of the answer.

    The record's `host` is the pod's address, as the chart sets INSTANCE_IP. `address` is
    `localhost` for the one that answered.
    """
    record = one.get("instanceRecord") or {}
    extra = record.get("extraInformation") or {}
    status = one.get("currentStatus") or {}
    return WorkspaceInstance(
        name=str(record.get("name", "")),
        address=str(extra.get("host") or one.get("address") or ""),
        connected=bool(status.get("connected") or status.get("local")),
        pod="",
    )


def matched(
    reported: Iterable[WorkspaceInstance],
    services: Sequence[ServiceStatus],
) -> tuple[list[WorkspaceInstance], list[ServiceStatus], list[Difference]]:
    """Reported instances and pods, each with the other's; and what has no other.

    Only monoliths report an address. Those that report and have no pod have ended a moment ago:
    a record outlives its instance by some minutes.
    """
    pods = {each.address: each.pod for one in services for each in one.instances if each.address}
    found = [replace(one, pod=pods.get(one.address, "")) for one in reported]
    known = {one.pod: one for one in found if one.pod}
    marked, missing = [], []
    for one in services:
        if one.service != ROCKETCHAT.kebab_name:
            marked.append(one)
            continue
        each = [_marked(pod, known.get(pod.pod)) for pod in one.instances]
        marked.append(replace(one, instances=each))
        missing += [
            Difference(f"Pod/{pod.pod}", "is ready, and the workspace doesn't know it")
            for pod in each
            if pod.ready and pod.pod not in known
        ]
    return found, marked, missing


def notes(reported: Iterable[WorkspaceInstance], services: Iterable[ServiceStatus]) -> list[str]:
    """What the reported instances tell beside."""
    reported = list(reported)
    gone = [one.address for one in reported if one.name == MONOLITH and not one.pod]
    found = []
    if gone:
        found.append(
            f"The workspace still lists {', '.join(gone)}, which no pod has: an instance that ended"
            " a moment ago, or one that runs elsewhere on the same MongoDB.",
        )
    streamers = sum(one.name == DDP_STREAMER.kebab_name for one in reported)
    ready = sum(one.ready for one in services if one.service == DDP_STREAMER.kebab_name)
    if streamers or ready:
        found.append(f"The workspace lists {streamers} ddp-streamer; {ready} are ready.")
    return found


def _marked(pod: Instance, record: WorkspaceInstance | None) -> Instance:
    if record is None:
        return replace(pod, workspace="unknown")
    return replace(pod, workspace="connected" if record.connected else "not connected")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
