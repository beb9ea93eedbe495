"""The program: config in, one workspace, outputs out."""

import pulumi

from components.deploy.grpc_errors import tell_in_a_sentence
from components.deploy.running_versions import running_versions
from components.inputs.stack_config import from_config
from components.rocketchat import RocketChat
from components.services import camel

tell_in_a_sentence()
workspace = RocketChat(
    "rocketchat",
    from_config(pulumi.get_project()),
    spell=camel,
    running=running_versions(),
)

pulumi.export("url", workspace.url)
pulumi.export("endpoints", workspace.endpoints)
pulumi.export("instances", workspace.instances)
pulumi.export("namespace", workspace.namespace)
pulumi.export("chartVersion", workspace.chart_version)
pulumi.export("appVersion", workspace.app_version)
