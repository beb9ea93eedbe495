"""The instances that the workspace itself reports through its REST API."""

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
from tools.status.public import TIMEOUT_SECONDS, connection_error
from tools.status.report import Difference, Instance, ServiceStatus, WorkspaceInstance

USER_VARIABLE, TOKEN_VARIABLE = "ROCKETCHAT_USER_ID", "ROCKETCHAT_TOKEN"
"""Environment variables, as every user of the machine can read a command's arguments."""
INSTANCES_PATH = "/api/v1/instances.get"
"""https://developer.rocket.chat/apidocs/get-instances"""
MONOLITH_NAME = "rocket.chat"
"""The name under which a monolith reports itself; ddp-streamer uses its own."""


@dataclass(frozen=True)
class Login:
    """A personal access token of an administrator."""

    user_id: str
    token: str

    def __repr__(self) -> str:
        return "Login(…)"


def login_from_environment() -> Login | None:
    """Returns the token in the environment; None if there is none.

    Raises:
        ToolError: If only one of the two variables is set.
    """
    # A value that was read from a file often ends in a line break.
    user_id = os.environ.get(USER_VARIABLE, "").strip()
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not user_id and not token:
        return None
    if not user_id or not token:
        missing = TOKEN_VARIABLE if user_id else USER_VARIABLE
        raise ToolError(
            f"{missing} isn't set. Set both {USER_VARIABLE} and {TOKEN_VARIABLE}, or neither."
        )
    return Login(user_id, token)


def fetch_instances(url: str, login: Login) -> list[WorkspaceInstance]:
    """Returns the instances that the workspace at `url` reports.

    Raises:
        ToolError: If it doesn't report any. The message never contains the token.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ToolError(
            f"The workspace's address {url} isn't https, so others could read the token on its way."
            " Give another address with --url, such as that of a port-forward.",
        )
    headers = {"X-User-Id": login.user_id, "X-Auth-Token": login.token}
    try:
        response = httpx.get(
            url.rstrip("/") + INSTANCES_PATH, headers=headers, timeout=TIMEOUT_SECONDS
        )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # An error about headers that can't be sent quotes them.
        unsendable = isinstance(error, (ValueError, httpx.LocalProtocolError))
        reason = (
            "the user ID or the token isn't plain text" if unsendable else connection_error(error)
        )
        raise ToolError(f"The workspace at {url} can't be asked: {reason}.") from None
    if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise ToolError(
            f"The workspace at {url} rejects the token ({response.status_code}). It must belong to"
            " a user with the permission view-statistics, such as an administrator.",
        )
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping) or not isinstance(answer.get("instances"), list):
        raise ToolError(
            f"The workspace at {url} answers {response.status_code}, but not as Rocket.Chat's"
            f" {INSTANCES_PATH} does.",
        )
    return [parse_instance(item) for item in answer["instances"] if isinstance(item, Mapping)]


def parse_instance(item: Mapping[str, Any]) -> WorkspaceInstance:
    """Returns one item of the response.

    The record's `host` is the pod's address, as the chart sets INSTANCE_IP. `address` is
    `localhost` for the instance that answered.
    """
    record = item.get("instanceRecord") or {}
    extra = record.get("extraInformation") or {}
    status = item.get("currentStatus") or {}
    return WorkspaceInstance(
        name=str(record.get("name", "")),
        address=str(extra.get("host") or item.get("address") or ""),
        connected=bool(status.get("connected") or status.get("local")),
        pod="",
    )


def match_pods(
    reported: Iterable[WorkspaceInstance],
    services: Sequence[ServiceStatus],
) -> tuple[list[WorkspaceInstance], list[ServiceStatus], list[Difference]]:
    """Matches reported instances with pods by their addresses.

    Only monoliths report an address. A record without a pod is of an instance that ended a moment
    ago: records outlive their instances by some minutes.

    Returns:
        The instances with their pods, the services with what the workspace says about each pod,
        and a difference for each ready pod that the workspace doesn't know.
    """
    pods = {
        instance.address: instance.pod
        for service in services
        for instance in service.instances
        if instance.address
    }
    matched = [replace(instance, pod=pods.get(instance.address, "")) for instance in reported]
    records = {instance.pod: instance for instance in matched if instance.pod}
    updated, differences = [], []
    for service in services:
        if service.service != ROCKETCHAT.kebab_name:
            updated.append(service)
            continue
        instances = [_with_record(pod, records.get(pod.pod)) for pod in service.instances]
        updated.append(replace(service, instances=instances))
        differences += [
            Difference(f"Pod/{pod.pod}", "is ready, but the workspace doesn't know it")
            for pod in instances
            if pod.ready and pod.pod not in records
        ]
    return matched, updated, differences


def instance_notes(
    reported: Iterable[WorkspaceInstance], services: Iterable[ServiceStatus]
) -> list[str]:
    """Returns notes on reported instances without a pod, and on the number of ddp-streamers."""
    reported = list(reported)
    unmatched = [
        instance.address
        for instance in reported
        if instance.name == MONOLITH_NAME and not instance.pod
    ]
    notes = []
    if unmatched:
        notes.append(
            f"The workspace still lists {', '.join(unmatched)}, which no pod has: an instance that"
            " ended a moment ago, or one that runs elsewhere on the same MongoDB.",
        )
    name = DDP_STREAMER.kebab_name
    listed = sum(instance.name == name for instance in reported)
    ready = sum(service.ready for service in services if service.service == name)
    if listed or ready:
        notes.append(f"The workspace lists {listed} {name}; {ready} are ready.")
    return notes


def _with_record(pod: Instance, record: WorkspaceInstance | None) -> Instance:
    if record is None:
        return replace(pod, workspace="unknown")
    return replace(pod, workspace="connected" if record.connected else "not connected")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
