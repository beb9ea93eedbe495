"""A stack's images, by the config that its file holds."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import yaml

from components.chart.package import Chart
from components.chart.values import helm_values
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import parse_config
from components.kube.objects import containers, workloads
from components.manifests.patches import apply_patches
from tools.errors import ToolError
from tools.helm_template import render_chart

_PREFIX = "rocketchat:"
_HIDDEN = "hidden"
"""Stands for what the file holds as ciphertext, which decides on no image."""


def load_spec(folder: Path, stack: str, chart: str | None = None) -> WorkspaceSpec:
    """Returns what a stack's file means, without its secrets and without `image.registry`.

    Args:
        folder: The program's folder.
        stack: The stack's name.
        chart: The path of a chart in place of the stack's own.

    Raises:
        ToolError: If the file can't be read, or its config is wrong.
    """
    path = folder / f"Pulumi.{stack}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        config = dict(content.get("config") or {})
    except OSError as error:
        raise ToolError(f"{path} can't be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, AttributeError, TypeError) as error:
        raise ToolError(f"{path} isn't a stack's config file: {error}") from error
    values = {
        key.removeprefix(_PREFIX): value
        for key, value in config.items()
        if isinstance(key, str) and key.startswith(_PREFIX)
    }
    secrets = {key for key, value in values.items() if _is_ciphertext(value)}
    plain = {key: _text(value) for key, value in values.items() if key not in secrets}
    try:
        parsed = parse_config(plain, ())
        args: dict[str, Any] = {**parsed.args}
        args |= {key: pulumi.Output.secret(_HIDDEN) for key in secrets}
        if chart is not None:
            args["chart"] = {"path": str(Path(chart).resolve())}
        spec = resolve(args, parsed.errors)
    except pulumi.RunError as error:
        raise ToolError(str(error)) from error
    image = {key: value for key, value in spec.args["image"].items() if key != "registry"}
    without_registry: Any = {**spec.args, "image": image}
    return replace(spec, args=without_registry)


def images(spec: WorkspaceSpec, chart: Chart) -> list[str]:
    """Returns the images of every container, sorted, with the digests that are pinned.

    Raises:
        ToolError: If Helm can't render the chart.
    """
    values = helm_values(spec)
    rendered = render_chart(chart.path, values, release=spec.release, namespace=spec.namespace)
    objects = apply_patches(rendered, spec, chart.app_version)
    found = (container for workload in workloads(objects) for container in containers(workload))
    return sorted({container["image"] for container in found})


def _is_ciphertext(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _text(value: object) -> str:
    """Returns a config value as Pulumi hands it to a program."""
    if isinstance(value, str):
        return value
    return json.dumps(_without_ciphertext(value))


def _without_ciphertext(value: Any) -> Any:  # noqa: ANN401 - any YAML
    if _is_ciphertext(value):
        return _HIDDEN
    if isinstance(value, Mapping):
        return {key: _without_ciphertext(item) for key, item in value.items()}
    return [_without_ciphertext(item) for item in value] if isinstance(value, list) else value
