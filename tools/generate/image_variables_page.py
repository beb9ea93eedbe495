"""docs/image-variables.md: the variables that Rocket.Chat's images read about the bus."""

from components.manifests.image_variables import ROCKETCHAT_SERVICES, VARIABLES, Variable

HEADER = """# The variables of the bus

<!-- Written by `make generate` from components/manifests/image_variables.py; don't edit it. -->

Rocket.Chat's services read these, whoever sets them: the chart, `variables` or `values`. A preview
refuses a value that an image would ignore or read as something else. `SERIALIZER` and
`MS_NAMESPACE` have to be the same for all. To queue-worker `RETRY_DELAY` is also the ms until a job
is tried again, 5000 by default: give that service its own by `services.queueWorker.variables`.

| variable | read by | what it does | values | default |
|---|---|---|---|---|
"""


def _readers(variable: Variable) -> str:
    """Returns which services read a variable, in a few words."""
    if variable.services == ROCKETCHAT_SERVICES:
        return "every service"
    return ", ".join(service.kebab_name for service in variable.services)


def render() -> str:
    """Returns the page."""
    rows = (
        f"| `{variable.name}` | {_readers(variable)} | {variable.effect}"
        f" | {variable.form.description} | `{variable.default}` |\n"
        for variable in VARIABLES
    )
    return HEADER + "".join(rows)
