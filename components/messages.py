"""Parts of error messages: short, on one line, and without credentials."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import urlsplit


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Returns the known word that is most similar to `word`, or None if none is."""
    by_lower = {name.lower().replace("_", ""): name for name in known}
    found = get_close_matches(word.lower().replace("_", "").replace("-", ""), by_lower, n=1)
    return by_lower[found[0]] if found else None


def show(value: object, limit: int = 60) -> str:
    """Returns a value as one line of JSON, cut at `limit` characters and without credentials."""
    try:
        text = json.dumps(
            value,
            default=lambda other: f"<{type(other).__name__}>",
            ensure_ascii=False,
        )
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"
    text = redact(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def key_step(key: object) -> str:
    """Returns a key as part of a path: `.extraEnv`, or `["two words"]`."""
    text = str(key)
    return f".{text}" if re.fullmatch(r"[\w-]{1,60}", text, re.ASCII) else f"[{show(text)}]"


def redact(text: str) -> str:
    """Returns `text` without possible credentials: all that follows a scheme or precedes an @."""
    before, separator, after = text.partition("://")
    if not separator:
        return re.sub(r"^.*@", "…@", text, flags=re.DOTALL)
    # In a login without a scheme, as in `user:pass://word@host`, the separator is the password's.
    is_of_password = "@" in before or (":" in before and "@" in after)
    return "…://…" if is_of_password else f"{before}://…"


def origin(url: str) -> str:
    """Returns the scheme, host and port of a URL, which identify it without its credentials."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the repository"
    return f"{parts.scheme}://{parts.hostname}{port}"


def reason_of(error: BaseException) -> str:
    """Returns the reason that an error gives, on one line and without credentials."""
    text = getattr(error, "strerror", None) or str(error)
    return redact(text.splitlines()[0]) if text else type(error).__name__
