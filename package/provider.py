"""Serves the component to programs in every language that Pulumi has."""

from pathlib import Path

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider

from components.deploy.running_versions import component_versions
from components.inputs.errors import ValidationErrors
from components.naming import camel
from components.rocketchat import RocketChat

PACKAGE = "rocketchat"
VERSION = "0.1.0"
SCHEMA = Path(__file__).with_name("schema.json")
"""What `make generate` has written: with secrets marked, and every field described."""
TYPE = f"{PACKAGE}:index:{RocketChat.__name__}"


class RocketChatProvider(ComponentProvider):
    """The provider of the package `rocketchat`.

    The SDK's own provider would report an error of the component with a traceback, and translate
    the inputs' names, which errors have to write as the program's author does.
    """

    def __init__(self) -> None:
        super().__init__([RocketChat], PACKAGE, version=VERSION)
        self.schema = SCHEMA.read_text(encoding="utf-8")

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Constructs a workspace.

        Raises:
            InputPropertiesError: Every error at once, with what to do about each.
        """
        self.validate_resource_type(PACKAGE, resource_type)
        try:
            component = RocketChat(
                name,
                inputs,  # type: ignore[arg-type]  # as they came, to be decoded and validated
                options,
                errors=ValidationErrors(camel),
                running=component_versions(TYPE, name),
            )
        except pulumi.RunError as error:
            # Without a list the SDK fails itself.
            raise InputPropertiesError(str(error), []) from None
        definition = self._component_defs[RocketChat.__name__]
        return ConstructResult(component.urn, self.get_state(component, definition))
