"""The program's own checks of a stack's config that isn't written yet."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.chart.package import load_chart
from components.chart.values import helm_values
from components.inputs.definitions import BY_PATH
from components.inputs.resolve import resolve
from components.inputs.stack_config import parse_config
from components.naming import camel
from components.rocketchat import complete_workspace
from tools.adopt.helm import render_chart
from tools.adopt.translation import Translation, set_nested
from tools.errors import ToolError

_BY_KEY = {".".join(map(camel, path.split("."))): row for path, row in BY_PATH.items()}


def check(translation: Translation, chart: Mapping[str, Any], folder: Path) -> None:
    """Checks that a preview accepts what is about to be written.

    Args:
        translation: The config and its secrets.
        chart: The input `chart`.
        folder: The folder that the path in `chart` is relative to.

    Raises:
        ToolError: If it doesn't, with what the preview would say and the Helm values behind it.
    """
    try:
        config = parse_config(*_as_texts(translation, chart))
        spec = resolve(config.args, config.errors)
        package = load_chart(spec.chart, folder)
        rendered = render_chart(
            package.path, helm_values(spec), release=spec.release, namespace=spec.namespace
        )
        complete_workspace(rendered, spec, package)
    except (pulumi.RunError, ToolError) as error:
        message = _without_secrets(str(error), translation)
        raise ToolError(
            "A preview wouldn't accept what these Helm values become, so that nothing was"
            f" written:\n{message}{_helm_values_in(message)}"
        ) from None


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
    """Returns which Helm values the inputs in a message came from."""
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
