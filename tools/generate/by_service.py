"""components/inputs/by_service.py: the inputs that have a field for each service."""

from components.services import SERVICES, Service

HEADER = '''"""The inputs with a field for each service.

Written by `make generate` from components/services.py; don't edit it.
"""

from typing import NotRequired, TypedDict

from components.inputs.service_args import (
    ScalableServiceSettingsArgs,
    ServiceSettingsArgs,
    SocketServiceSettingsArgs,
)


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
        f"    {service.name}: NotRequired[{_settings(service)}]\n"
        f'    """Settings of {service.kebab_name}."""\n'
        for service in SERVICES
    )
    return f"{HEADER}{replicas}{SETTINGS}{settings}"


def _settings(service: Service) -> str:
    if service.users_per_instance is not None:
        return "SocketServiceSettingsArgs"
    return "ScalableServiceSettingsArgs" if service.scalable else "ServiceSettingsArgs"
