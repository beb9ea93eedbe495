"""docs/image-variables.md: the variables that Rocket.Chat's images read about the bus."""

from components.manifests.image_variables import VARIABLES

HEADER = """# The variables of the bus

<!-- Written by `make generate` from components/manifests/image_variables.py; don't edit it. -->

Every Rocket.Chat service reads these, whoever sets them: the chart, `variables` or `values`. A
preview refuses a value that an image would ignore or read as something else.

| variable | what it does | values | default |
|---|---|---|---|
"""


def render() -> str:
    """Returns the page."""
    rows = (
        f"| `{variable.name}` | {variable.effect} | {variable.form.description}"
        f" | `{variable.default}` |\n"
        for variable in VARIABLES
    )
    return HEADER + "".join(rows)
