"""Names, label keys and label values that Kubernetes accepts."""

import re

LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_NO_WORD = re.compile(
    r"y|n|yes|no|on|off|true|false|null|\d+(\.\d*)?(e[-+]?\d+)?|0x[0-9a-f]+|0o?[0-7]+|0b[01]+",
    re.ASCII,
)
"""Texts of the letters of names that YAML takes for something else."""
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)


def is_dns_name(text: str, *, dots: bool = False) -> bool:
    """Whether Kubernetes takes it as a name: a DNS label, or with `dots` several of them."""
    form = rf"{LABEL}(\.{LABEL})*" if dots else LABEL
    return len(text) <= (253 if dots else 63) and bool(re.fullmatch(form, text, re.ASCII))


def is_plain_yaml_string(text: str) -> bool:
    """Whether YAML takes it for a text where it stands without quotes, as charts have it."""
    return not _NO_WORD.fullmatch(text)


def is_host(text: str) -> bool:
    """Whether it is a DNS name that an Ingress takes: lower-case, no address, no wildcard."""
    labels = text.split(".")
    fits = is_dns_name(text, dots=True) and all(map(is_dns_name, labels))
    return fits and not labels[-1].isdigit() and is_plain_yaml_string(text)


def is_label_key(text: str) -> bool:
    """Whether it is a key of labels or annotations: a name, perhaps with a domain before it."""
    domain, slash, name = text.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or is_dns_name(domain, dots=True))


def is_label_pair(key: str, value: str) -> bool:
    """Whether the two are a label."""
    return is_label_key(key) and is_label_value(value)


def is_label_value(text: str) -> bool:
    """Whether it is the value of a label; an annotation's may be any text."""
    return not text or bool(_NAME.fullmatch(text))
