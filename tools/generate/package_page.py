"""docs/package.md: what the package offers, from its schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from package.provider import SCHEMA, TYPE

Json = Mapping[str, Any]

HEADER = """# The package's reference

<!-- Written by `make generate` from package/schema.json; don't edit it. -->

`rocketchat.RocketChat`, as SDKs of every language have it: in TypeScript, Java and YAML with these
names, in Python in snake_case, in Go and C# with a capital letter. [inputs.md](inputs.md) has the
defaults. A plain value is needed for every input that isn't marked as secret.
"""


def render() -> str:
    """Returns the page."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    resource = schema["resources"][TYPE]
    lines = [
        HEADER,
        "## Inputs\n",
        *_table(resource["inputProperties"], resource["requiredInputs"]),
        "\n## Outputs\n",
        *_table(resource["properties"], ()),
        "\n## Types",
    ]
    for name, found in sorted(schema["types"].items()):
        lines.append(f"\n### {_short(name)}\n")
        if "description" in found:
            lines.append(f"{_line(found['description'])}\n")
        if "enum" in found:
            lines += ["| value | what it is |", "|---|---|"]
            lines += [f"| `{each['value']}` | {each['description']} |" for each in found["enum"]]
        else:
            lines += _table(found["properties"], found.get("required", ()))
    return "\n".join([*lines, ""])


def _table(properties: Json, required: Sequence[str]) -> Iterator[str]:
    yield "| name | type | what it is |"
    yield "|---|---|---|"
    for name, found in sorted(properties.items()):
        marks = [
            mark
            for mark, given in (
                ("required", name in required),
                ("secret", found.get("secret")),
            )
            if given
        ]
        notes = f" ({', '.join(marks)})" if marks else ""
        yield f"| `{name}` | {_type(found)}{notes} | {_line(found['description'])} |"


def _type(found: Json) -> str:
    """Returns a type in words, with links to those of the package."""
    if reference := found.get("$ref"):
        name = _short(reference)
        return "anything" if name == "Any" else f"[{name}](#{name.lower()})"
    match found["type"]:
        case "array":
            return f"array of {_type(found['items'])}"
        case "object":
            return f"map of {_type(found['additionalProperties'])}"
        case plain:
            return str(plain)


def _short(name: str) -> str:
    return name.replace("/", ":").rpartition(":")[2]


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
