"""One Rocket.Chat workspace."""

import pulumi
from pulumi_rocketchat import RocketChat

config = pulumi.Config()
chat = RocketChat(
    "chat",
    host=config.require("host"),
    namespace=pulumi.get_project(),
    mongodb_url=config.require_secret("mongodbUrl"),
    replicas={"ddp_streamer": config.get_int("ddpStreamers") or 2},
)

pulumi.export("url", chat.url)
