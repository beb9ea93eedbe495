"""The Helm values that a chart knows: those that it has defaults for and those that it reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from components.chart.package import chart_texts, parse_yaml
from components.messages import nearest

KnownKeys = dict[str, "KnownKeys"]
"""Keys nested as the chart's values are; a key without any below it takes any value."""

_SUBCHARTS = {"": "", "nats": "charts/nats/"}
"""Folders of the package with values and templates of their own, by the key of their values."""
_VALUES_PATH = re.compile(r"\.Values\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
_WHOLE = re.compile(
    r"(?:toYaml|\"value\") \$?\.Values\.([\w.]+)"
    r"|with \$?\.Values\.([\w.]+) *-?\}\}[^{]*\{\{-? *(?:toYaml|tpl|include [^}]*\"value\") \(?\."
)
"""Where a template takes all that is below a key, whatever it is."""
_FIELD = re.compile(r"[.\"]([A-Za-z][A-Za-z0-9_]*)")


def known_keys(chart: Path) -> KnownKeys:
    """Returns the keys that the chart has default values for or reads as `.Values.<path>`.

    Args:
        chart: The chart's package or folder.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    texts = chart_texts(chart)
    known: KnownKeys = {}
    for key, folder in _SUBCHARTS.items():
        keys = known.setdefault(key, {}) if key else known
        _add_defaults(keys, parse_yaml(texts.get(f"{folder}values.yaml", ""), chart))
        templates = [text for path, text in texts.items() if path.startswith(f"{folder}templates/")]
        for text in templates:
            for found in _VALUES_PATH.findall(text):
                _find(keys, found.split("."))
        for text in templates:
            for match in _WHOLE.finditer(text):
                _find(keys, (match[1] or match[2]).split(".")).clear()
    return known


def template_fields(chart: Path) -> frozenset[str]:
    """Returns every name that the chart's templates read a field by, of whatever object.

    Templates also read values through loops and variables, which only Helm can follow. A key with
    none of these names is read by no template.

    Args:
        chart: The chart's package or folder.

    Raises:
        pulumi.RunError: If the chart is damaged.
    """
    texts = (text for path, text in chart_texts(chart).items() if "templates/" in path)
    return frozenset(name for text in texts for name in _FIELD.findall(text))


def unknown_keys(
    values: Mapping[str, object],
    known: KnownKeys,
    fields: Collection[str] = (),
    above: tuple[str, ...] = (),
) -> Iterator[str]:
    """Yields a warning for each key that the chart doesn't know, with the most similar known one.

    Args:
        values: Helm values of the operator's own.
        known: The keys that the chart knows.
        fields: Names that the chart may read a key by, wherever it is.
        above: The path of `values` from the root of all values.
    """
    for key, value in values.items():
        path = (*above, str(key))
        if key not in known and key not in fields:
            near = nearest(str(key), known)
            hint = f" Did you mean {'.'.join((*above, near))}?" if near else ""
            yield f"values: the chart has no key {'.'.join(path)}, and Helm ignores it.{hint}"
        elif known.get(key) and isinstance(value, Mapping):
            yield from unknown_keys(value, known[key], fields, path)


def _add_defaults(keys: KnownKeys, values: object) -> None:
    if isinstance(values, Mapping):
        for key, value in values.items():
            _add_defaults(keys.setdefault(str(key), {}), value)


def _find(keys: KnownKeys, path: list[str]) -> KnownKeys:
    """Returns what is known below a path, which is known from then on."""
    for key in path:
        keys = keys.setdefault(key, {})
    return keys
