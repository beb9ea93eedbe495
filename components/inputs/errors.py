"""What is wrong with the inputs, gathered and told at once."""

import json
import re
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from urllib.parse import urlsplit

import pulumi

Spell = Callable[[str], str]
"""How an input's name is written where it was given: `camel` in stack configs."""


def as_is(name: str) -> str:
    """Spell names as Python programs give them."""
    return name


def spelled(path: str, spell: Spell) -> str:
    """`replicas.ddp_streamer` with each of its names as `spell` writes them."""
    return ".".join(spell(part) for part in path.split("."))


class Problems:
    """Gathers problems; each is told with the key as its author wrote it.

    `hidden` names inputs, as their author wrote them, whose values are never shown.
    """

    def __init__(self, spell: Spell = as_is, hidden: Collection[str] = ()) -> None:
        self.spell = spell
        self._hidden = hidden
        self._found: list[str] = []
        self._told: set[str] = set()

    def key(self, path: str) -> str:
        """`replicas.ddp_streamer` as its author wrote it."""
        return spelled(path, self.spell)

    def add(self, path: str, came: object, allowed: str, do: str = "") -> None:
        """One wrong value: what came, what is allowed, and what to do where that isn't obvious."""
        hidden = self.key(path.partition(".")[0]) in self._hidden
        got = "a secret, which isn't shown" if hidden else shown(came)
        self.say(path, f"got {got}; allowed is {allowed}.{do and f' {do}'}")

    def say(self, path: str, sentence: str, below: str = "") -> None:
        """One problem in words of its own, for what isn't one wrong value or must not be shown.

        `below` leads on from `path` by keys that are the author's own, and no input's.
        """
        self._told.add(path)
        self._found.append(f"{self.key(path)}{below}: {sentence}")

    def told(self, path: str) -> bool:
        """Whether there is a problem with that very input, so that another needn't follow."""
        return path in self._told

    def unknown(self, path: str, known: Iterable[str]) -> None:
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


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, if any is near."""
    by_lower = {name.lower().replace("_", ""): name for name in known}
    found = get_close_matches(word.lower().replace("_", "").replace("-", ""), by_lower, n=1)
    return by_lower[found[0]] if found else None


def shown(value: object, limit: int = 60) -> str:
    """A value for an error: one line of JSON, cut where it is long, without a URL's credentials."""
    try:
        text = json.dumps(
            value,
            default=lambda other: f"<{type(other).__name__}>",
            ensure_ascii=False,
        )
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"
    text = redacted(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def below(key: object) -> str:
    """A key of the author's own as a step of a path: `.extraEnv`, or `["two words"]`."""
    text = str(key)
    return f".{text}" if re.fullmatch(r"[\w-]{1,60}", text, re.ASCII) else f"[{shown(text)}]"


def redacted(text: str) -> str:
    """`text` without what may be credentials: all that follows a scheme or stands before an @."""
    text = re.sub(r"://.*", "://…", text, flags=re.DOTALL)
    return re.sub(r"^.*@", "…@", text, flags=re.DOTALL)


def origin(url: str) -> str:
    """Scheme, host and port of a URL: enough to know it by, and without credentials."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the repository"
    return f"{parts.scheme}://{parts.hostname}{port}"


def why(error: BaseException) -> str:
    """The reason that an error gives, in one line without credentials."""
    text = getattr(error, "strerror", None) or str(error)
    return redacted(text.splitlines()[0]) if text else type(error).__name__
