"""Where the program's config decides about each container of a workspace.

The pack may be copied without the program, and so it has its own table. Containers are named as
chart 7.0.2 names them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Container:
    """The config keys that decide about one container."""

    image: str
    resources: str
    service: str = ""
    """The service that it runs; empty for a helper."""


def _runs(service: str, image: str = "image.tag") -> Container:
    return Container(image, f"resources.{service}", service)


def _helps(helper: str) -> Container:
    values = f"values.nats.{helper}"
    return Container(f"{values}.image", f"{values}.resources")


CONTAINERS = {
    "rocketchat": _runs("rocketchat"),
    "presence-service": _runs("presence"),
    "ddp-streamer": _runs("ddpStreamer"),
    "account-service": _runs("account"),
    "authorization-service": _runs("authorization"),
    "nats": _runs("nats", image="values.nats.nats.image"),
    "reloader": _helps("reloader"),
    "metrics": _helps("exporter"),
    "nats-box": _helps("natsbox"),
}
"""By the container's name."""

VARIABLES = {
    "ROCKETCHAT_LICENSE": "license",
    "REG_TOKEN": "registrationToken",
    "MONGO_URL": "mongodbUrl",
    "MONGO_OPLOG_URL": "mongodbUrl",
    "TRANSPORTER": "natsUrl",
    "NATS_URL": "natsUrl",
    "MAIL_URL": "smtpPassword",
}
"""The secret config key that sets an environment variable."""
