"""What is wrong with the inputs, gathered and told at once."""

from collections.abc import Callable, Collection, Iterable

import pulumi

from components.messages import nearest, show

KeyFormat = Callable[[str], str]
"""How an input's name is written where it was given: `camel` in stack configs."""


def as_is(name: str) -> str:
    """Spell names as Python programs give them."""
    return name


def format_key(path: str, key_format: KeyFormat) -> str:
    """`replicas.ddp_streamer` with each of its names as `spell` writes them."""
    return ".".join(key_format(part) for part in path.split("."))


class ValidationErrors:
    """Gathers problems; each is told with the key as its author wrote it.

    `hidden` names inputs, as their author wrote them, whose values are never shown.
    """

    def __init__(self, key_format: KeyFormat = as_is, hidden: Collection[str] = ()) -> None:
        self.key_format = key_format
        self._hidden = hidden
        self._found: list[str] = []
        self._told: set[str] = set()

    def format_key(self, path: str) -> str:
        """`replicas.ddp_streamer` as its author wrote it."""
        return format_key(path, self.key_format)

    def add_invalid(self, path: str, came: object, allowed: str, do: str = "") -> None:
        """One wrong value: what came, what is allowed, and what to do where that isn't obvious."""
        hidden = self.format_key(path.partition(".")[0]) in self._hidden
        got = "a secret, which isn't shown" if hidden else show(came)
        self.add(path, f"got {got}; allowed is {allowed}.{do and f' {do}'}")

    def add(self, path: str, sentence: str, below: str = "") -> None:
        """One problem in words of its own, for what isn't one wrong value or must not be shown.

        `below` leads on from `path` by keys that are the author's own, and no input's.
        """
        self._told.add(path)
        self._found.append(f"{self.format_key(path)}{below}: {sentence}")

    def has_error(self, path: str) -> bool:
        """Whether there is a problem with that very input, so that another needn't follow."""
        return path in self._told

    def add_unknown_key(self, path: str, known: Iterable[str]) -> None:
        """A key that isn't there, with the nearest that is."""
        known = sorted(known)
        word = path.rsplit(".", 1)[-1]
        near = nearest(word, known)
        do = f"Did you mean {near}?" if near else f"There are: {', '.join(known)}."
        self._found.append(f"{path}: no such key. {do}")

    def raise_if_any(self) -> None:
        """Raises one `pulumi.RunError` that tells every problem; does nothing without one."""
        if not self._found:
            return
        many = "1 problem" if len(self._found) == 1 else f"{len(self._found)} problems"
        lines = "".join(f"\n  - {problem}" for problem in self._found)
        raise pulumi.RunError(f"{many} in the inputs; nothing was changed:{lines}")
