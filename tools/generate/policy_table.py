"""policy/guardrails/containers.py: the config keys that the policies' messages name."""

import json

from components.inputs.definitions import BY_PATH
from components.inputs.resolve import SECRETS
from components.naming import camel
from components.services import NATS_HELPERS, SERVICES

HEADER = '''"""The config keys of the program for each container and each secret of a workspace.

The pack works in repositories without the program, so it has this table of its own. Containers
have the names that chart 7.0.2 gives them. Written by `make generate`; don't edit it.
"""

# By the container's name:
#   service: the service that it runs, as config keys name it; empty for a helper container
#   image: the key that decides its image
#   resources: the key that decides its requests and limits
'''
SECRETS_HEADER = "# By the environment variable's name: the secret key that sets it."
OPLOG_URL = "MONGO_OPLOG_URL"
"""A second URL of MongoDB's, which charts before 6.27 have."""


def render() -> str:
    """Returns the module's source."""
    return (
        f"{HEADER}CONTAINERS = {_literal(_containers())}\n\n{SECRETS_HEADER}\n"
        f"SECRET_KEYS = {_literal(_secret_keys())}\n"
    )


def _containers() -> dict[str, dict[str, str]]:
    services = {
        service.container: {
            "service": service.config_name,
            "image": service.image_key,
            "resources": f"services.{service.config_name}.resources",
        }
        for service in SERVICES
    }
    helpers = {
        container: {
            "service": "",
            "image": f"values.{values}.image",
            "resources": f"values.{values}.resources",
        }
        for container, values in NATS_HELPERS.items()
    }
    return {**services, **helpers}


def _secret_keys() -> dict[str, str]:
    keys = {name: camel(secret) for secret in SECRETS for name in BY_PATH[secret].env}
    return {**keys, OPLOG_URL: keys["MONGO_URL"]}


def _literal(value: object) -> str:
    """Returns a dict as the formatter writes it."""
    text = json.dumps(value, indent=4)
    # JSON has no comma after the last item of an object, and the formatter wants one.
    lines = [
        f"{line}," if line.endswith(('"', "}")) and line != "}" else line
        for line in text.splitlines()
    ]
    return "\n".join(lines)
