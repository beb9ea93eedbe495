"""Keys and values of labels, as Kubernetes takes them."""

import re

from components.inputs.names import is_label

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)


def is_key(text: str) -> bool:
    """Whether it is a key of labels or annotations: a name, perhaps with a domain before it."""
    domain, slash, name = text.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or is_label(domain, dots=True))


def is_pair(key: str, value: str) -> bool:
    """Whether the two are a label."""
    return is_key(key) and is_value(value)


def is_value(text: str) -> bool:
    """Whether it is the value of a label; an annotation's may be any text."""
    return not text or bool(_NAME.fullmatch(text))
