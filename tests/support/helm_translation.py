"""Translations of Helm values, with the fewest that a workspace needs."""

from typing import Any

import yaml

from components.chart.values import merge_values
from components.inputs.errors import ValidationErrors
from components.inputs.resolve import resolve
from components.naming import camel
from tests.support.paths import CHART_FACTS
from tools.adopt.helm_to_inputs import translate
from tools.adopt.source import Source
from tools.adopt.translation import Translation

DEFAULTS: dict[str, Any] = yaml.safe_load(
    (CHART_FACTS / "default-values.yaml").read_text(),
)
REQUIRED = {
    "host": "chat.example.com",
    "existingMongodbSecret": "chat-mongodb",
    "mongodb": {"enabled": False},
}


def source(values: dict[str, Any], **fields: Any) -> Source:  # noqa: ANN401 - any field
    """A file of these Helm values, for the official chart."""
    return Source(
        **{
            "release": "chat",
            "namespace": "talk",
            "values": merge_values(REQUIRED, values),
            "defaults": DEFAULTS,
            **fields,
        }
    )


def translated(values: dict[str, Any], **fields: Any) -> Translation:  # noqa: ANN401 - any field
    """The translation of these Helm values, which the component accepts."""
    translation = translate(source(values, **fields))
    resolve({**translation.config, **translation.secrets}, ValidationErrors(camel))
    return translation
