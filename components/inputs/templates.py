"""Texts that Helm would evaluate as templates.

The chart evaluates several of its values (`extraEnv`, `extraVolumes`, labels of NATS and more), and
which they are changes with its version. So no text with a template in it reaches Helm.
"""

from collections.abc import Iterator, Mapping

from components.messages import key_step

OPENING = "{{"


def templates_in(value: object, path: str = "") -> Iterator[str]:
    """The path of each text that holds a template, and of each map with such a key."""
    if isinstance(value, str):
        if OPENING in value:
            yield path
    elif isinstance(value, Mapping):
        for key, held in value.items():
            step = f"{path}{key_step(key)}"
            if OPENING in str(key):
                yield step
            yield from templates_in(held, step)
    elif isinstance(value, list | tuple):
        for i, held in enumerate(value):
            yield from templates_in(held, f"{path}[{i}]")
