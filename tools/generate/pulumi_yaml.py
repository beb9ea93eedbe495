"""Pulumi.yaml's config: a key for each input."""

import json

from tools.generate.declarations import Declaration, in_camel_case, top_level

BEGIN = "config:\n"
END = "  # Without these the provider replaces"
"""Begins what follows the inputs' keys."""


def render(current: str) -> str:
    """Returns the file `current` with the inputs' keys written anew."""
    head, _, rest = current.partition(BEGIN)
    tail = rest[rest.index(END) :]
    return f"{head}{BEGIN}{''.join(map(_key, top_level()))}{tail}"


def _key(declaration: Declaration) -> str:
    # An empty default says that a key may be left out; see the comment in the file.
    empty: object = {"Object": {}, "Array": []}.get(declaration.type_name, "")
    default = empty if declaration.default in (None, {}, []) else declaration.default
    secret = "    secret: true\n" if "secret" in declaration.type_name else ""
    return (
        f"  {declaration.key}:\n"
        f"    description: {json.dumps(describe(declaration), ensure_ascii=False)}\n"
        f"{secret}"
        f"    default: {default if isinstance(default, str) and default else json.dumps(default)}\n"
    )


def describe(declaration: Declaration) -> str:
    """Returns the description of one key: type, sentence, fields, default in words."""
    sentence = in_config_keys(declaration.description)
    if declaration.fields:
        sentence = f"{sentence.removesuffix('.')}: {', '.join(declaration.fields)}."
    if declaration.row.note:
        sentence = f"{sentence} {declaration.row.note}"
    default = "required" if declaration.required else declaration.row.default_note
    if default.startswith("required"):
        sentence = f"{sentence} R{in_config_keys(default)[1:]}."
    elif default:
        sentence = f"{sentence} Default: {in_config_keys(default)}."
    return f"{declaration.type_name}. {sentence}"


def in_config_keys(text: str) -> str:
    """Returns a docstring's text with the inputs that it names as a config has them."""
    return in_camel_case(text).replace("`", "")
