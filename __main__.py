"""The program: config in, one workspace, outputs out."""

import pulumi

from components.deploy.provider_start import start_provider

# First of all: the provider starts while the rest is imported.
start_provider()

from components.deploy.grpc_errors import end_quietly_on_shutdown
from components.deploy.reported_errors import report_errors_once
from components.deploy.running_versions import running_versions
from components.inputs.stack_config import read_stack_config
from components.rocketchat import RocketChat

end_quietly_on_shutdown()
with report_errors_once():
    config = read_stack_config(pulumi.get_project())
    workspace = RocketChat(
        "rocketchat",
        config.args,
        errors=config.errors,
        running=running_versions(),
    )

pulumi.export("url", workspace.url)
pulumi.export("endpoints", workspace.endpoints)
pulumi.export("routes", workspace.routes)
pulumi.export("instances", workspace.instances)
pulumi.export("namespace", workspace.namespace)
pulumi.export("chartVersion", workspace.chart_version)
pulumi.export("appVersion", workspace.app_version)
