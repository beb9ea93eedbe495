"""A Pulumi program whose preview only renders the objects that a stack's config describes.

The preview of the real program also applies each object as a dry run. That fails where a variable
moves from `value` to `valueFrom`, as long as Helm owns the field; and its fields change hands only
once the user has agreed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.chart.package import load_chart
from components.deploy.secrets import digest_of, secrets_of
from components.deploy.transforms import add_secret_checksums
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import read_stack_config
from components.manifests.pod_overrides import override_template
from components.rocketchat import render_workspace


def _objects(spec: WorkspaceSpec) -> pulumi.Output[str]:
    """Returns every object as JSON, the Secrets included."""
    objects = render_workspace(spec, load_chart(spec.chart, Path.cwd()))
    secrets = secrets_of(spec)
    digests = {secret.name: digest_of(secret, spec.namespace) for secret in secrets}
    rendered = [_secret(secret.name, spec.namespace, secret.data) for secret in secrets]
    rendered += [
        override_template(obj, spec.pod_template_overrides)
        for obj in add_secret_checksums(objects, digests)
    ]
    return pulumi.Output.json_dumps(rendered)


def _secret(name: str, namespace: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": dict(data),
    }


def _write(objects: str) -> int:
    """Writes the objects to the pipe of `Project.render`: an output would end up in files."""
    return Path(os.environ["ROCKETCHAT_OBJECTS"]).write_text(objects, encoding="utf-8")


# Paths in the config are relative to the program's own folder.
os.chdir(os.environ["ROCKETCHAT_PROGRAM"])
config = read_stack_config(pulumi.get_project())
pulumi.export("written", _objects(resolve(config.args, config.errors)).apply(_write))
