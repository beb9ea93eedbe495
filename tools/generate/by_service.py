"""components/inputs/by_service.py: the inputs that have a field for each service."""

from components.services import SERVICES

HEADER = '''"""The inputs with a field for each service.

Written by `make generate` from components/services.py; don't edit it.
"""

from typing import NotRequired, TypedDict

from components.inputs.service_args import ScalableServiceSettingsArgs, ServiceSettingsArgs


class ReplicasArgs(TypedDict):
    """Instances of each service."""

'''
SETTINGS = '''

class ServicesArgs(TypedDict):
    """Settings of each service."""

'''


def render() -> str:
    """Returns the module's source."""
    replicas = "".join(
        f"    {service.name}: NotRequired[int]\n"
        f'    """Instances of {service.kebab_name}: {service.description}."""\n'
        for service in SERVICES
    )
    settings = "".join(
        f"    {service.name}: NotRequired[{_settings(scalable=service.scalable)}]\n"
        f'    """Settings of {service.kebab_name}."""\n'
        for service in SERVICES
    )
    return f"{HEADER}{replicas}{SETTINGS}{settings}"


def _settings(*, scalable: bool) -> str:
    return "ScalableServiceSettingsArgs" if scalable else "ServiceSettingsArgs"
