"""Helm values -> environment variables of the monolith: `extraEnv` and `extraSecret`."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from components.inputs.definitions import ALWAYS_SET
from components.kube.schema import schema_errors
from components.services import ROCKETCHAT
from tools.adopt.secret_values import (
    find_secrets,
    is_secret_name,
    is_secret_variable,
    without_secrets,
)
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.value_types import unfilled_error

Variables = dict[str, dict[str, Any]]
"""Entries of `env` by the variable's name."""
_EXTRA_ENV = "extraEnv"
_TEMPLATE = re.compile(
    r"\{\{-?\s*(?:tpl\s+)?\$?\.(Values|Release)\.([\w.]+)\s*(?:\|\s*quote\s*)?-?\}\}"
)
_ENTRY_FIELDS = {"name", "value", "valueFrom"}
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
_OPLOG = "MONGO_OPLOG_URL"


def read_variables(source: Source, translation: Translation) -> Variables:
    """Returns the variables in `extraEnv`, whatever form they have there."""
    extra_env = source.value(_EXTRA_ENV)
    if isinstance(extra_env, str) and extra_env.strip():
        parsed = _parse(extra_env)
        if parsed is None:
            _keep_template(extra_env, translation)
            return {}
        extra_env = parsed
    if not extra_env:
        return {}
    entries = _as_list(extra_env, translation)
    variables: Variables = {}
    twice = []
    for i, item in enumerate(entries):
        entry = _entry(item, f"{_EXTRA_ENV}[{i}]", translation)
        if entry is None:
            continue
        name = entry["name"]
        if name in variables:
            twice.append(name)
            del variables[name]
        variables[name] = entry
    if twice:
        names = ", ".join(dict.fromkeys(twice))
        translation.notes.append(f"{_EXTRA_ENV}: {names} is there twice, and the last one counts.")
    return variables


def take_text(
    variables: Variables, name: str, source: Source, translation: Translation
) -> str | None:
    """Removes a variable that an input decides, and returns its value; None where it has none."""
    entry = variables.pop(name, None)
    if entry is None:
        return None
    if "valueFrom" in entry:
        translation.notes.append(
            f"{_EXTRA_ENV}: {name} came from elsewhere on the cluster, and the program sets it from"
            " now on."
        )
        return None
    text = evaluate(str(entry.get("value", "")), source)
    if text is None:
        translation.refuse(
            f"{_EXTRA_ENV} {name}", "is a template, which inputs don't evaluate. Give its result."
        )
    return text or None


def take_reference(variables: Variables, name: str) -> Mapping[str, str] | None:
    """Removes a variable that comes from a Secret, and returns the Secret's name and key."""
    entry = variables.get(name, {})
    reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
    if not isinstance(reference, Mapping):
        return None
    del variables[name]
    return {"name": str(reference["name"]), "key": str(reference["key"])}


def evaluate(text: str, source: Source) -> str | None:
    """Returns `text` with references to values and the release filled in; None if more is left."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "Release":
            known = {"Name": source.release, "Namespace": source.namespace}
            return known.get(match[2], match[0])
        value = source.value(match[2])
        return str(value) if isinstance(value, str | int) else match[0]

    filled = _TEMPLATE.sub(fill, text)
    return None if "{{" in filled else filled


def add_variables(source: Source, variables: Variables, translation: Translation) -> None:
    """Adds the variables that no other input decides."""
    if variables.pop(_OPLOG, None) is not None:
        translation.notes.append(
            f"{_EXTRA_ENV}: {_OPLOG} is left out. Rocket.Chat needs no oplog: it follows MongoDB by"
            " change streams."
        )
    for name in [name for name in variables if name in ALWAYS_SET]:
        del variables[name]
        translation.notes.append(f"{_EXTRA_ENV}: {name} is left out, as the program sets it.")
    _note_proxy(variables, translation)
    plain = []
    doubled = []
    moved: set[str] = set()
    for name, entry in variables.items():
        by_chart = source.chart_variables.get(name)
        if by_chart is not None:
            doubled.append(name)
        if by_chart == entry:
            continue
        # A variable can only refer to those before it.
        together = by_chart is not None or bool(moved.intersection(_references(entry)))
        kept = _add_variable(entry, translation, moves=together, source=source)
        plain += kept
        moved |= set() if kept else {name}
    if doubled:
        translation.notes.append(
            f"{_EXTRA_ENV}: the chart sets {', '.join(doubled)}, too; what is given here counts."
        )
    translation.handled.append(_EXTRA_ENV)
    if plain:
        translation.set_helm_value(_EXTRA_ENV, plain)


def _add_variable(
    entry: dict[str, Any], translation: Translation, *, moves: bool, source: Source
) -> list[dict[str, Any]]:
    """Adds one variable, and returns it if it remains in `extraEnv`."""
    name = entry["name"]
    settings = f"services.{ROCKETCHAT.name}"
    if "valueFrom" in entry:
        if not moves:
            return [entry]
        reference = take_reference({name: entry}, name)
        if reference is None:
            translation.refuse(
                f"{_EXTRA_ENV} {name}",
                "is the chart's own, and no input takes it from there. Remove it, or give its"
                " value.",
            )
        else:
            translation.set_entry(f"{settings}.variables_from", name, reference)
        return []
    text = str(entry.get("value", ""))
    filled = evaluate(text, source)
    if is_secret_variable(name, text) or _reads_secret(text, filled, name):
        if filled is None:
            translation.refuse(
                f"{_EXTRA_ENV} {name}",
                "is a secret and a template, which inputs don't evaluate. Give its result, or name"
                " a Secret by valueFrom.secretKeyRef.",
            )
        else:
            translation.set_secret_entry(f"{settings}.variables", name, filled)
        return []
    if moves:
        translation.set_entry(f"{settings}.variables", name, text if filled is None else filled)
        return []
    return [entry]


def _reads_secret(text: str, filled: str | None, name: str) -> bool:
    """Whether a template's result is a secret, which it wouldn't find among the values any more."""
    if "{{" not in text or filled is None:
        return False
    values = [match[2].rpartition(".")[2] for match in _TEMPLATE.finditer(text)]
    return any(map(is_secret_name, values)) or is_secret_variable(name, filled)


def _references(entry: Mapping[str, Any]) -> list[str]:
    """The variables that the value of another refers to."""
    return re.findall(r"\$\(([^)]+)\)", str(entry.get("value", "")))


def _parse(text: str) -> Any:  # noqa: ANN401 - JSON
    """Returns what a block of text is in YAML; None if it is a template that isn't."""
    try:
        parsed = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - a base loader
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, list | dict) else None


def _keep_template(text: str, translation: Translation) -> None:
    if any(find_secrets(text)):
        translation.refuse(
            _EXTRA_ENV,
            "is a text that isn't a list of variables before Helm evaluates it, and holds what"
            " looks like a secret. Write it as a list.",
        )
    elif "{{" not in text:
        translation.refuse(_EXTRA_ENV, "is a text, and no list of variables in YAML. Write a list.")
    else:
        translation.set_helm_value(_EXTRA_ENV, text)


def _as_list(value: Any, translation: Translation) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and "name" in value and value.keys() <= _ENTRY_FIELDS:
        translation.notes.append(f"{_EXTRA_ENV}: is one variable, and is written as a list of one.")
        return [value]
    if isinstance(value, dict):
        translation.notes.append(
            f"{_EXTRA_ENV}: is an object, and is written as the list that the chart takes."
        )
        return [
            {"name": name, **item}
            if isinstance(item, dict) and item.keys() <= _ENTRY_FIELDS
            else {"name": name, "value": item}
            for name, item in value.items()
        ]
    translation.refuse(_EXTRA_ENV, "takes an array, as in [{name: TZ, value: Europe/Berlin}].")
    return []


def _entry(item: Any, path: str, translation: Translation) -> dict[str, Any] | None:  # noqa: ANN401
    """Returns one entry of `env`, as Kubernetes takes it; None after a refusal."""
    if isinstance(item, str) and "=" in item:
        name, _, text = item.partition("=")
        item = {"name": name, "value": text}
    if not isinstance(item, dict) or not isinstance(item.get("name"), str | int):
        translation.refuse(path, "takes an object with name, and value or valueFrom.")
        return None
    entry = {key: field for key, field in item.items() if field is not None}
    entry["name"] = str(entry["name"])
    value = entry.get("value")
    if isinstance(value, bool):
        entry["value"] = str(value).lower()
    elif isinstance(value, int | float):
        entry["value"] = str(value)
    if isinstance(entry.get("value"), str):
        error = unfilled_error(entry["value"])
        if error:
            translation.refuse(f"{path}.value", f"{error}. Give the values with it filled in.")
            return None
        if "valueFrom" in entry:
            translation.refuse(path, "has value and valueFrom. Remove one.")
            return None
    errors = list(schema_errors(_without_value(entry), "EnvVar", "v1"))
    if isinstance(entry.get("value"), dict | list):
        errors.append("value: is no string")
    if errors:
        translation.refuse(path, f"{without_secrets(errors, entry, entry['name'])}.")
        return None
    return entry


def _without_value(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an entry for messages, which mustn't show its value."""
    return {key: field for key, field in entry.items() if key != "value"}


def _note_proxy(variables: Variables, translation: Translation) -> None:
    if not any(name in variables for name in _PROXIES):
        return
    exceptions = str(
        variables.get("NO_PROXY", variables.get("no_proxy", {})).get("value", "")
    ).split(",")
    if not any(
        name.strip().lstrip(".").startswith(("svc", "cluster.local")) for name in exceptions
    ):
        translation.notes.append(
            f"{_EXTRA_ENV}: a proxy is set, and NO_PROXY lacks the cluster's own names. Add .svc"
            " and .cluster.local, and where MongoDB is."
        )
