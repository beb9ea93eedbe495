"""Names, label keys and label values as Kubernetes accepts them."""

import re

_DNS_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_NOT_A_YAML_STRING = re.compile(
    r"y|n|yes|no|on|off|true|false|null|\d+(\.\d*)?(e[-+]?\d+)?|0x[0-9a-f]+|0o?[0-7]+|0b[01]+",
    re.ASCII,
)
"""What YAML parses as something else, of the strings that a name can be."""
_QUALIFIED_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)


def is_dns_name(text: str, *, dots: bool = False) -> bool:
    """Whether `text` is a DNS label, or with `dots` a DNS subdomain: labels with dots between."""
    pattern = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*" if dots else _DNS_LABEL
    return len(text) <= (253 if dots else 63) and bool(re.fullmatch(pattern, text, re.ASCII))


def is_plain_yaml_string(text: str) -> bool:
    """Whether YAML parses a name as a string when it is unquoted, as it is in charts."""
    return not _NOT_A_YAML_STRING.fullmatch(text)


def is_host(text: str) -> bool:
    """Whether `text` is a host for an Ingress: lower-case, neither an address nor a wildcard."""
    labels = text.split(".")
    is_name = is_dns_name(text, dots=True) and all(map(is_dns_name, labels))
    return is_name and not labels[-1].isdigit() and is_plain_yaml_string(text)


def is_label_key(text: str) -> bool:
    """Whether `text` is a key for labels and annotations: a name, with or without a domain."""
    domain, slash, name = text.rpartition("/")
    return bool(_QUALIFIED_NAME.fullmatch(name)) and (not slash or is_dns_name(domain, dots=True))


def is_label_pair(key: str, value: str) -> bool:
    """Whether `key` and `value` make a label."""
    return is_label_key(key) and is_label_value(value)


def is_label_value(text: str) -> bool:
    """Whether `text` is a label's value. An annotation's can be any string."""
    return not text or bool(_QUALIFIED_NAME.fullmatch(text))
