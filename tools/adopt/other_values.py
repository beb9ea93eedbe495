"""Helm values that no input decides, as far as they differ from the chart's defaults."""

import json
import re
from typing import Any

from components.chart.values import merge_values
from components.inputs.ownership import OWNED_BY_INPUTS
from tools.adopt.differences import differences, without
from tools.adopt.secret_values import find_secrets
from tools.adopt.source import Source
from tools.adopt.translation import Translation

_STREAM_HUB = "microservices.streamHub"
_IMAGE_HELPER = re.compile(r'include \\"rocketchat\.image\\" [.$](?=[\s|)}-])')
_IMAGE_CALL = (
    'include "rocketchat.image" (dict "repository" .Values.image.repository "tag"'
    ' .Values.image.tag "appVersion" .Chart.AppVersion "global" .Values.global)'
)
_KEPT_AS_SECRETS = (
    *("extraEnv", "license", "registrationToken", "smtp", "nats.auth"),
    *("externalMongodbUrl", "externalMongodbOplogUrl"),
)
"""Values that have modules of their own, which keep them as secrets, encrypt or drop them."""
_NOT_RUN = ("mongodb", "postgresql", "federation")
"""Groups of values about what the program doesn't run."""


def add_other_values(source: Source, translation: Translation) -> None:
    """Adds the Helm values that no input decides, and refuses those that hold secrets."""
    if source.given(_STREAM_HUB):
        enabled = source.value(f"{_STREAM_HUB}.enabled")
        translation.ignored += [
            f"{_STREAM_HUB}: Rocket.Chat has no stream-hub any more since 8.0, and none is run."
        ] * bool(enabled)
    if source.value("federation.enabled"):
        translation.refuse(
            "federation.enabled",
            "the program doesn't run Matrix's Synapse: each preview would draw its tokens anew."
            " Leave this workspace with Helm, or set it to false; the Secret with the tokens"
            " stays as long as Helm has the release.",
        )
    elif differences(source.given("postgresql") or {}, source.defaults.get("postgresql")):
        translation.notes.append("postgresql: is for federation, which is off, and left out.")
    _refuse_secrets(source, translation)
    left_out = (*OWNED_BY_INPUTS, *translation.handled, *_NOT_RUN, _STREAM_HUB)
    others = without(source.values, left_out)
    values = merge_values(others, translation.config.pop("values", {}))
    values = _with_image_helper(differences(values, source.defaults), translation)
    if values:
        translation.config["values"] = values


def _refuse_secrets(source: Source, translation: Translation) -> None:
    """Refuses secrets for which no input is meant."""
    for path in find_secrets(without(source.values, (*_KEPT_AS_SECRETS, *_NOT_RUN))):
        translation.refuse(
            path,
            "looks like a secret (it isn't shown), and would be kept in plain text. Keep it in a"
            " Secret, and name that instead (in a variable: valueFrom.secretKeyRef).",
        )


def _with_image_helper(values: dict[str, Any], translation: Translation) -> dict[str, Any]:
    """Returns `values` with the chart's helper for images called as the chart takes it."""
    containers = values.get("extraInitContainers")
    if containers is None:
        return values
    text = json.dumps(containers)
    spelled, number = _IMAGE_HELPER.subn(json.dumps(_IMAGE_CALL)[1:-1].replace("\\", "\\\\"), text)
    if not number:
        return values
    translation.notes.append(
        "extraInitContainers: the chart's helper rocketchat.image takes the parts of an image, and"
        " is called with those of image."
    )
    return {**values, "extraInitContainers": json.loads(spelled)}
