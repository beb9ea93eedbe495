"""The program's own checks of a stack's config that isn't written yet."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.chart.known_values import known_keys, template_fields
from components.chart.package import Chart, load_chart
from components.chart.unread_values import unread_message, unread_values
from components.chart.values import helm_values
from components.inputs.definitions import BY_PATH
from components.inputs.resolve import resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import parse_config
from components.kube.objects import KubernetesObject
from components.naming import camel
from components.rocketchat import complete_workspace
from tools.adopt.translation import Translation, remove_nested, set_nested
from tools.errors import ToolError
from tools.helm_template import render_chart

_BY_KEY = {".".join(map(camel, path.split("."))): row for path, row in BY_PATH.items()}


def check(translation: Translation, chart: Mapping[str, Any], folder: Path) -> None:
    """Checks that a preview accepts what is about to be written, and shortens it.

    Args:
        translation: The config and its secrets. Loses the Helm values that change nothing.
        chart: The input `chart`.
        folder: The folder that the path in `chart` is relative to.

    Raises:
        ToolError: If it doesn't, with what the preview would say and the Helm values behind it.
    """
    try:
        config = parse_config(*_as_texts(translation, chart))
        spec = resolve(config.args, config.errors)
        package = load_chart(spec.chart, folder)
        complete_workspace(_render(spec, package), spec, package)
        _leave_out_unread(translation, spec, package)
    except pulumi.RunError as error:
        message = _without_secrets(str(error), translation)
        raise ToolError(
            "A preview wouldn't accept what these Helm values become, so that nothing was"
            f" written:\n{message}{_helm_values_in(message)}"
        ) from None


def _render(spec: WorkspaceSpec, chart: Chart) -> list[KubernetesObject]:
    try:
        return render_chart(
            chart.path, helm_values(spec), release=spec.release, namespace=spec.namespace
        )
    except ToolError as error:
        raise pulumi.RunError(str(error)) from error


def _leave_out_unread(translation: Translation, spec: WorkspaceSpec, chart: Chart) -> None:
    for path in unread_values(
        spec.values,
        known_keys(chart.path),
        template_fields(chart.path),
        lambda values: _render(spec.with_values(values), chart),
    ):
        remove_nested(translation.config, ["values", *path])
        translation.ignored.append(unread_message(path))


def _as_texts(
    translation: Translation, chart: Mapping[str, Any]
) -> tuple[dict[str, str], set[str]]:
    """Returns the config as the program gets it, and which keys are encrypted in it."""
    config = json.loads(json.dumps(translation.config))
    if chart:
        config["chart"] = dict(chart)
    for path, secret in translation.secrets.items():
        set_nested(config, path.split("."), secret)
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }
    return texts, {path.partition(".")[0] for path in translation.secrets}


def _without_secrets(message: str, translation: Translation) -> str:
    for secret in sorted(translation.secrets.values(), key=len, reverse=True):
        if secret:
            message = message.replace(secret, "…")
    return message


def _helm_values_in(message: str) -> str:
    """Returns which Helm values the inputs in a message are from."""
    found = {}
    for key in re.findall(r"^  - ([\w.]+): ", message, re.MULTILINE):
        rows = [row for name, row in _BY_KEY.items() if f"{key}.".startswith(f"{name}.")]
        if rows and rows[-1].helm and rows[-1].helm != key:
            found[key] = rows[-1].helm
    lines = ", ".join(f"{key} comes from {helm}" for key, helm in found.items())
    hint = f"\nOf the Helm values, {lines}." if lines else ""
    if "Invalid Semantic Version" in message:
        hint += "\nThe chart compares image.tag as a version. Name one in full, such as 8.6.1."
    return hint
