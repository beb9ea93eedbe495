"""One workspace, by the package `rocketchat`."""

import pulumi
import pulumi_rocketchat as rocketchat

config = pulumi.Config()
chat = rocketchat.RocketChat(
    "chat",
    host="chat.example.com",
    namespace="chat",
    mongodb_url=config.require_secret("mongodbUrl"),
    replicas={"ddp_streamer": 2},
)

pulumi.export("url", chat.url)
pulumi.export("chartVersion", chat.chart_version)
pulumi.export("appVersion", chat.app_version)
