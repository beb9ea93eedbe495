"""A preview: the steps that Pulumi would take, with every secret masked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Properties = dict[str, Any]
"""A resource's inputs or outputs, such as a Kubernetes object. A preview may contain anything."""

STACK_TYPE = "pulumi:pulumi:Stack"


class Op(Enum):
    """What happens to a resource."""

    SAME = "same"
    CREATE = "added"
    UPDATE = "changed"
    DELETE = "removed"
    REPLACE = "replaced"


@dataclass(frozen=True)
class Step:
    """What happens to one resource."""

    op: Op
    urn: str
    type: str
    custom: bool = False
    """Whether a provider manages it, unlike a component."""
    old: Properties = field(default_factory=dict)
    """The inputs before; made from the outputs if the preview has no inputs."""
    new: Properties = field(default_factory=dict)
    """The inputs after."""
    outputs: Properties = field(default_factory=dict)
    """The outputs before; only those of the stack."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """The kind of change by property path: `add`, `update` or `delete`, with the suffix `-replace`
    if it forces a replacement."""
    retained: bool = False
    """Whether it stays on the cluster when it is removed from the stack."""

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Preview:
    """The preview of one stack, with every secret masked."""

    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack's config, by key without the project's name."""
    steps: tuple[Step, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def outputs(self) -> Properties:
        """The stack's outputs before the change."""
        return next((step.outputs for step in self.steps if step.type == STACK_TYPE), {})


def to_string(value: object) -> str:
    """A string as it is, nothing for null, and any other value as JSON."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
