"""The program of a preview that only tells which objects the stack's config means.

A preview of the real program applies each object for trial, which fails where a variable moves
from `value` to `valueFrom`: Helm's fields can't be handed over before anybody has agreed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.chart.package import load_chart
from components.deploy.secrets import digest_of, secrets_of
from components.deploy.transforms import add_secret_checksums
from components.inputs.spec import WorkspaceSpec, resolve
from components.inputs.stack_config import read_stack_config
from components.manifests.pod_overrides import override_template
from components.rocketchat import render_workspace


def _objects(spec: WorkspaceSpec) -> pulumi.Output[str]:
    """Returns every object as JSON, the Secrets included."""
    objects = render_workspace(spec, load_chart(spec.chart, Path.cwd()))
    secrets = secrets_of(spec)
    digests = {secret.name: digest_of(secret, spec.namespace) for secret in secrets}
    made = [_secret(secret.name, spec.namespace, secret.data) for secret in secrets]
    overridden = [
        override_template(obj, spec.pod_template_overrides)
        for obj in add_secret_checksums(objects, digests)
    ]
    return pulumi.Output.json_dumps([*made, *overridden])


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
pulumi.export("told", _objects(resolve(config.args, config.errors)).apply(_tell))
