"""The program of a preview that only tells which objects the stack's config means.

A preview of the real program applies each object for trial, which fails where a variable moves
from `value` to `valueFrom`: Helm's fields can't be handed over before anybody has agreed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.deploy.secrets import digest_of, secrets_of
from components.deploy.transforms import add_secret_checksums
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import read_stack_config
from components.kube.objects import KubernetesObject
from components.manifests.pod_overrides import override_template
from components.rocketchat import RocketChat


class Rendering(RocketChat):
    """The workspace, told and not registered."""

    def _register(self, _: str, spec: WorkspaceSpec, objects: list[KubernetesObject]) -> None:
        secrets = secrets_of(spec)
        digests = {one.name: digest_of(one, spec.namespace) for one in secrets}
        made = [_secret(one.name, spec.namespace, one.data) for one in secrets]
        held = [
            override_template(one, spec.pod_template_overrides)
            for one in add_secret_checksums(objects, digests)
        ]
        self.objects = pulumi.Output.json_dumps([*made, *held])


def _secret(name: str, namespace: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": dict(data),
    }


def _tell(objects: str) -> int:
    """Hands the objects to who asked: an output would be written down wherever previews are."""
    return Path(os.environ["ROCKETCHAT_OBJECTS"]).write_text(objects, encoding="utf-8")


# Paths in the config are relative to the program's own folder.
os.chdir(os.environ["ROCKETCHAT_PROGRAM"])
config = read_stack_config(pulumi.get_project())
workspace = Rendering("rocketchat", config.args, errors=config.errors)
pulumi.export("told", workspace.objects.apply(_tell))
