"""The inputs with a field for each service.

Written by `make generate` from components/services.py; don't edit it.
"""

from typing import NotRequired, TypedDict

from components.inputs.service_args import (
    ScalableServiceSettingsArgs,
    ServiceSettingsArgs,
    SocketServiceSettingsArgs,
)


class ReplicasArgs(TypedDict):
    """Instances of each service."""

    rocketchat: NotRequired[int]
    """Instances of rocketchat: the monolith, with the API and the web client."""
    presence: NotRequired[int]
    """Instances of presence: who is online."""
    ddp_streamer: NotRequired[int]
    """Instances of ddp-streamer: every client's WebSocket."""
    account: NotRequired[int]
    """Instances of account: log-in."""
    authorization: NotRequired[int]
    """Instances of authorization: roles and permissions."""
    queue_worker: NotRequired[int]
    """Instances of queue-worker: the queue of omnichannel work."""
    omnichannel_transcript: NotRequired[int]
    """Instances of omnichannel-transcript: PDF transcripts of omnichannel."""
    nats: NotRequired[int]
    """Instances of nats: the bus between all of them."""


class ServicesArgs(TypedDict):
    """Settings of each service."""

    rocketchat: NotRequired[ServiceSettingsArgs]
    """Settings of rocketchat."""
    presence: NotRequired[ScalableServiceSettingsArgs]
    """Settings of presence."""
    ddp_streamer: NotRequired[SocketServiceSettingsArgs]
    """Settings of ddp-streamer."""
    account: NotRequired[ScalableServiceSettingsArgs]
    """Settings of account."""
    authorization: NotRequired[ScalableServiceSettingsArgs]
    """Settings of authorization."""
    queue_worker: NotRequired[ScalableServiceSettingsArgs]
    """Settings of queue-worker."""
    omnichannel_transcript: NotRequired[ScalableServiceSettingsArgs]
    """Settings of omnichannel-transcript."""
    nats: NotRequired[ServiceSettingsArgs]
    """Settings of nats."""
