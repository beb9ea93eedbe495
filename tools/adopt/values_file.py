"""A file of Helm values, read as Helm reads it: plain JSON, and what its author should know."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from components.messages import key_step, nearest
from tools.errors import ToolError

_TAG = "tag:yaml.org,2002:"
_MAX_NODES = 100_000
"""Values of the official chart have some 300; more is an anchor that multiplies."""
_MAX_DEPTH = 50
_SOPS = "sops"


@dataclass
class ValuesFile:
    """What a file contains."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_values(path: Path) -> ValuesFile:
    """Returns the values in a file.

    Raises:
        ToolError: If it can't be read, or isn't an object in YAML. No message quotes the file,
            which may contain secrets.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        reader = _Reader(path)
        values = reader.read(root, "") if root is not None else {}
    except OSError as error:
        raise ToolError(f"--values {path}: it can't be read ({error.strerror}).") from None
    except yaml.composer.ComposerError as error:
        reason = (
            "it contains several YAML documents. Give one"
            if "single document" in str(error.context)
            else f"it isn't YAML ({_position(error)})"
        )
        raise ToolError(f"--values {path}: {reason}.") from None
    except yaml.MarkedYAMLError as error:
        raise ToolError(
            f"--values {path}: it isn't YAML ({_position(error)}). Where it is a template, of"
            " Helmfile for instance, give what comes out of it."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ToolError(f"--values {path}: it isn't YAML in UTF-8.") from None
    except RecursionError:
        raise ToolError(f"--values {path}: it is nested too deep.") from None
    if values is None:
        values = {}
    if not isinstance(values, Mapping):
        raise ToolError(f"--values {path}: it isn't an object of Helm values.")
    if _SOPS in values:
        raise ToolError(
            f"--values {path}: it is encrypted by SOPS. Decrypt it without writing it down:"
            f" `sops decrypt {path} | python -m tools.adopt --values /dev/stdin …`."
        )
    return ValuesFile(dict(values), reader.notes)


def select_subchart(file: ValuesFile, key: str | None, known: Mapping[str, object]) -> ValuesFile:
    """Returns the chart's own values, which an umbrella chart has below a key.

    Args:
        file: What was read.
        key: The key that was named by `--subchart`; None for none.
        known: The top-level keys that the chart knows.

    Raises:
        ToolError: If there is nothing below `key`, or no key was named and one is needed.
    """
    if key is not None:
        below = file.values.get(key)
        if not isinstance(below, Mapping):
            near = nearest(key, file.values)
            hint = f" Did you mean {near}?" if near else ""
            raise ToolError(f"--subchart {key}: the values have no object of that name.{hint}")
        shared = file.values.get("global")
        inherited = {"global": shared} if isinstance(shared, Mapping) and shared else {}
        return ValuesFile({**inherited, **below}, file.notes)
    candidates = [
        name
        for name, below in file.values.items()
        if name not in known and isinstance(below, Mapping) and _knows_most(below, known)
    ]
    if candidates and not (file.values.keys() & known.keys() - {"global"}):
        (name, *_) = candidates
        raise ToolError(
            f"The values are below {name}, as an umbrella chart has them. Give --subchart {name},"
            " or a file with what is below it."
        )
    return file


def _knows_most(values: Mapping[str, object], known: Mapping[str, object]) -> bool:
    return bool(values) and len(values.keys() & known.keys()) * 2 >= len(values)


class _Reader:
    """Turns YAML's nodes into plain JSON as Helm does, and notes what is unusual."""

    def __init__(self, file: Path) -> None:
        self.notes: list[str] = []
        self._file = file
        self._nodes = 0
        self._scalars: Any = yaml.constructor.SafeConstructor()
        self._above: list[yaml.Node] = []

    def read(self, node: yaml.Node, path: str) -> Any:  # noqa: ANN401 - JSON
        self._nodes += 1
        if self._nodes > _MAX_NODES or len(self._above) > _MAX_DEPTH:
            raise self._error(path, "is nested too deep, or repeated by an anchor too often.")
        if any(node is parent for parent in self._above):
            raise self._error(path, "contains itself by an anchor.")
        self._above.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._read_mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self.read(item, f"{path}[{i}]") for i, item in enumerate(node.value)]
            return self._read_scalar(node, path)
        finally:
            self._above.pop()

    def _read_mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                merged = {**self._read_merged(value_node, path), **merged}
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(
                    path,
                    "has an object for a key, as a template such as {{ … }} without quotes is one."
                    " Give the values with it filled in.",
                )
            key = key_node.value
            below = f"{path}{key_step(key)}".lstrip(".")
            if key in own:
                self.notes.append(f"{below}: is there twice, and Helm uses the last.")
            own[key] = self.read(value_node, below)
        return {**merged, **own}

    def _read_merged(self, node: yaml.Node, path: str) -> dict[str, Any]:
        """Returns what `<<` brings; the first of several has precedence."""
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for item in items:
            values = self.read(item, path)
            if not isinstance(values, dict):
                raise self._error(path, "merges something by << that isn't an object.")
            merged = {**values, **merged}
        return merged

    def _read_scalar(self, node: yaml.Node, path: str) -> Any:  # noqa: ANN401 - JSON
        kind = node.tag.removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return self._scalars.construct_yaml_bool(node)
        # Helm takes neither dates nor numbers to the base of 60 for anything but text.
        if kind in ("str", "timestamp", "value") or ":" in node.value:
            return node.value
        try:
            if kind == "int":
                return self._scalars.construct_yaml_int(node)
            if kind == "float":
                number = self._scalars.construct_yaml_float(node)
                if math.isfinite(number):
                    return number
        except ValueError:
            return node.value
        raise self._error(path, f"has {node.tag.removeprefix(_TAG)}, which Helm values can't have.")

    def _error(self, path: str, message: str) -> ToolError:
        return ToolError(f"--values {self._file}: {path or 'the whole'} {message}")


def _position(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}" if mark else "at its end"


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yields everything in a value that is neither an object nor an array, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}{key_step(key)}".lstrip("."))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from leaves(item, f"{path}[{i}]")
    else:
        yield path, value
