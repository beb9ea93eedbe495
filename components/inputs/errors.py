"""Everything wrong with the inputs, collected and raised as one error."""

from collections.abc import Callable, Collection, Iterable

import pulumi

from components.messages import nearest, show

KeyFormat = Callable[[str], str]
"""Writes an input's name as its author did: `camel` for stack configs."""


def as_is(name: str) -> str:
    """The key format of Python programs."""
    return name


def format_key(path: str, key_format: KeyFormat) -> str:
    """Returns `replicas.ddp_streamer` with each name in `key_format`."""
    return ".".join(key_format(part) for part in path.split("."))


class ValidationErrors:
    """Collects errors; each names its input as the author wrote it.

    Args:
        key_format: How the author writes the inputs' names.
        hidden: Top-level inputs, as the author wrote them, whose values are never shown.
    """

    def __init__(self, key_format: KeyFormat = as_is, hidden: Collection[str] = ()) -> None:
        self.key_format = key_format
        self._hidden = hidden
        self._messages: list[str] = []
        self._paths: set[str] = set()

    def format_key(self, path: str) -> str:
        """Returns `replicas.ddp_streamer` as its author wrote it."""
        return format_key(path, self.key_format)

    def add_invalid(self, path: str, value: object, allowed: str, remedy: str = "") -> None:
        """Adds one invalid value.

        Args:
            path: The input, such as `replicas.ddp_streamer`.
            value: What was received; shown shortened, unless the input is hidden.
            allowed: What is allowed, to follow "allowed is".
            remedy: What to do, as a sentence, where `allowed` doesn't say it.
        """
        hidden = self.format_key(path.partition(".")[0]) in self._hidden
        received = "a secret, which isn't shown" if hidden else show(value)
        self.add(path, f"got {received}; allowed is {allowed}.{remedy and f' {remedy}'}")

    def add(self, path: str, message: str, below: str = "") -> None:
        """Adds an error in words of its own: for combinations, and for what must not be shown.

        Args:
            path: The input, such as `replicas.ddp_streamer`.
            message: What is wrong and what to do.
            below: The rest of the path, in keys of the author's own such as Helm values.
        """
        self._paths.add(path)
        self._messages.append(f"{self.format_key(path)}{below}: {message}")

    def add_unknown_key(self, path: str, known: Iterable[str]) -> None:
        """Adds a key that doesn't exist, with the nearest of `known`; `path` is as written."""
        known = sorted(known)
        near = nearest(path.rsplit(".", 1)[-1], known)
        remedy = f"Did you mean {near}?" if near else f"There are: {', '.join(known)}."
        self._messages.append(f"{path}: no such key. {remedy}")

    def has_error(self, path: str) -> bool:
        """Whether this input already has an error."""
        return path in self._paths

    def raise_if_any(self) -> None:
        """Raises every error as one.

        Raises:
            pulumi.RunError: One line for each error.
        """
        if not self._messages:
            return
        count = len(self._messages)
        heading = "1 problem" if count == 1 else f"{count} problems"
        lines = "".join(f"\n  - {message}" for message in self._messages)
        raise pulumi.RunError(f"{heading} in the inputs; nothing was changed:{lines}")
