"""docs/inputs.md: every input in a table."""

import json
from collections.abc import Iterator
from dataclasses import replace

from components.services import SERVICES
from tools.generate.declarations import Declaration, every, in_camel_case

HEADER = """# Inputs

<!-- Written by `make generate` from components/inputs/; don't edit it. -->

Config keys are in camelCase; the component's Python arguments are the same in snake_case. Set
secrets with `pulumi config set --secret`. The preview reports every error in the inputs at once,
before it touches anything. `<service>` stands for each service; an autoscaler is possible for those
that `services.<service>.autoscaling` names.

| key | type | what it is | default |
|---|---|---|---|
"""


def render() -> str:
    """Returns the page."""
    return HEADER + "".join(map(_row, _without_repetition()))


def _without_repetition() -> Iterator[Declaration]:
    """Yields every input, but the settings that all services have once for all of them."""
    example = next(service for service in SERVICES if service.scalable)
    scalable = ", ".join(service.config_name for service in SERVICES if service.scalable)
    prefix = f"services.{example.name}."
    common = {
        declaration.path.removeprefix(prefix)
        for declaration in every()
        if declaration.path.startswith(prefix)
    }
    for declaration in every():
        group, _, rest = declaration.path.partition(".")
        service, _, field = rest.partition(".")
        if group != "services" or not field:
            if group != "services" or not rest:
                yield declaration
        elif service == example.name:
            note = f"For {scalable}." if field == "autoscaling" else declaration.row.note
            yield replace(
                declaration,
                path=f"services.<service>.{field}",
                row=replace(declaration.row, note=note),
            )
        elif field not in common:
            yield declaration


def _row(declaration: Declaration) -> str:
    cells = (
        f"`{declaration.key}`",
        declaration.type_name,
        _text(declaration),
        _default(declaration),
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _text(declaration: Declaration) -> str:
    return in_camel_case(f"{declaration.description} {declaration.row.note}".strip())


def _default(declaration: Declaration) -> str:
    if declaration.required:
        return "required"
    if declaration.row.default_note:
        return declaration.row.default_note
    default = declaration.default
    if default in (None, {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"
