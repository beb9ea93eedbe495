"""What the input `values` may not say, because another input decides it.

So that everything is said in one place. It follows from the rows of `definitions.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from components.inputs.definitions import ALWAYS_SET, INPUTS, PORT_VARIABLE, Input, get_input
from components.inputs.errors import ValidationErrors
from components.services import SERVICES


def _owners() -> dict[str, tuple[str, ...]]:
    owners: dict[str, tuple[str, ...]] = {}
    for row in INPUTS:
        for path in dict.fromkeys((row.helm, *row.owns, *row.shares)):
            owners[path] = (*owners.get(path, ()), row.path)
    owners.pop("")
    whole = tuple(owners)
    return {
        path: inputs
        for path, inputs in owners.items()
        if not any(path.startswith(f"{other}.") for other in whole)
    }


OWNED_BY_INPUTS: Mapping[str, tuple[str, ...]] = _owners()
"""The Helm values that inputs decide, such as `ingress.tls`, each with those inputs."""
_SHARED = {path for row in INPUTS for path in row.shares}


def check_values(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    """Adds an error for each Helm value and variable in `values` that an input decides."""
    values = args.get("values", {})
    for variable, inputs in owned_variables(args):
        errors.add(
            "values",
            f"{variable} belongs to an input. Use {_either(inputs, errors)}.",
            below=".extraEnv",
        )
    for path, inputs in owned_keys(values).items():
        if path in _SHARED and all(get_input(args, name) is None for name in inputs):
            continue
        # Helm's own keys are the same in every language.
        errors.add("values", f"{path} belongs to an input. Use {_either(inputs, errors)}.")


def owned_keys(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Returns the keys in `values` that inputs decide, dotted, each with those inputs."""
    found: dict[str, tuple[str, ...]] = {}
    for path, inputs in OWNED_BY_INPUTS.items():
        node: Any = values
        keys = path.split(".")
        for depth, key in enumerate(keys):
            if not isinstance(node, Mapping):
                # A scalar where the chart has an object hides everything below it.
                hiding = ".".join(keys[:depth])
                found[hiding] = tuple(dict.fromkeys((*found.get(hiding, ()), *inputs)))
                break
            if key not in node:
                break
            node = node[key]
        else:
            found[path] = inputs
    return found


def check_variables(args: Mapping[str, Any], errors: ValidationErrors) -> None:
    """Adds an error for each variable in `variables` and `variables_from` that isn't theirs."""
    places = ["", *(f"services.{service.name}." for service in SERVICES)]
    for place in places:
        plain = get_input(args, f"{place}variables") or {}
        references = get_input(args, f"{place}variables_from") or {}
        for name in dict.fromkeys([*plain, *references]):
            path = f"{place}variables" if name in plain else f"{place}variables_from"
            owners = _owners_of(name, args)
            if owners:
                errors.add(path, f"{name} belongs to an input. Use {_either(owners, errors)}.")
            elif name == PORT_VARIABLE:
                errors.add(path, f"{name} is the program's own, which Services lead to. Remove it.")
            if name in plain and name in references:
                other = errors.format_key(f"{place}variables_from")
                errors.add(path, f"{name} is in {other}, too. Remove one.")


def owned_variables(args: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields each variable in `values.extraEnv` that inputs decide, with those inputs."""
    for name in _variable_names(args.get("values", {}).get("extraEnv")):
        owners = _owners_of(name, args)
        if owners:
            yield name, owners


def _owners_of(variable: str, args: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs that decide a variable; none where it is the operator's."""
    owners = [row for row in INPUTS if variable in row.env]
    decided = variable in ALWAYS_SET or any(_is_given(row, args) for row in owners)
    return tuple(row.path for row in owners) if decided else ()


def _is_given(row: Input, args: Mapping[str, Any]) -> bool:
    return get_input(args, row.path) is not None


def _variable_names(extra_env: object) -> list[str]:
    if isinstance(extra_env, str):
        try:
            extra_env = yaml.safe_load(extra_env)
        except (yaml.YAMLError, ValueError, RecursionError):
            return []  # Helm reports it
    if not isinstance(extra_env, list):
        return []
    return [str(entry.get("name")) for entry in extra_env if isinstance(entry, Mapping)]


def _either(inputs: tuple[str, ...], errors: ValidationErrors) -> str:
    return " or ".join(errors.format_key(name) for name in inputs)
