"""Which strings are secrets: by the name that they stand under, or by how they look."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from components.messages import key_step

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = {
    *("password", "passwords", "passwd", "passphrase", "pwd", "pass", "secret", "secrets"),
    *("token", "tokens", "credential", "credentials", "apikey", "license", "licence", "dsn"),
}
_SECRET_PAIRS = {
    (before, "key")
    for before in (
        *("api", "access", "private", "secret", "encryption", "signing", "account", "auth"),
        *("set", "ssh", "shared", "master", "hmac", "cookie", "session", "jwt", "service"),
    )
}
_ABOUT_A_SECRET = {
    *("name", "names", "ref", "refs", "file", "path", "url", "enabled", "enable", "disabled"),
    *("expiration", "expiry", "expires", "ttl", "seconds", "days", "hours", "minutes", "length"),
    *("policy", "type", "header", "field", "required", "max", "min", "count", "id", "provider"),
    *("kind", "namespace", "mount", "algorithm", "class", "store", "reset", "history", "show"),
}
"""Words at the end of a name that describe something about a secret, and not the secret itself."""
_REFERENCE = re.compile(
    r"(?i)(existing\w*?|extra|tls|(image)?pull|auth|ssl|ca|server|client-?ca|auth-tls|proxy-ssl)"
    r"[-_]?secrets?"
)
"""Names under which the name of a Secret stands."""
_OBJECT_NAME = re.compile(r"([a-z0-9-]+/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_LOOKS = tuple(
    re.compile(pattern)
    for pattern in (
        # Credentials in a URL, but for those that Kubernetes or a shell fills in.
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@:]*:(?!\$[({]|\{\{|@)[^\s/?#@]+@",
        r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]*%[0-9A-Fa-f]{2}[^\s/?#@]*@",
        r"https?://[A-Za-z0-9_-]{16,}@",
        r"(?i)[?&;](access_?token|api_?key|auth|key|passw(or)?d|pwd|secret|sig|token)=[^&;\s${]{4,}",
        r"(?i)\b(accountkey|sharedaccesskey|password|pwd)=(?!\$[({]|\{\{)[^;\s]{4,}",
        r"(?i)--(password|passwd|token|api-key|secret|client-secret)[= ](?!\$[({]|\{\{)[^\s]{4,}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
        r"\b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}",
        r"\bxox[abeoprs]-[\w-]{10,}|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}",
        r"\b(sk|rk|pk)_(live|test)_\w{10,}|\bsk-[\w-]{20,}|\bSG\.[\w-]{16,}\.|\bhv[sb]\.[\w-]{16,}",
        r"\bnpm_\w{30,}|\bdop_v1_\w{30,}|\bAGE-SECRET-KEY-\w+|\bya29\.[\w-]+|\bAC[a-f0-9]{32}\b",
        r"(?i)\bauthorization\b\W+(bearer|basic)\s+\S{8,}|(?i:\bbearer)\s+[\w.~+/-]{16,}=*",
    )
)
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{24,}")
_ASSIGNMENT = re.compile(r"^\W*(?:export\s+)?[\"']?([\w.-]+)[\"']?\s*[:=]\s*[\"']?([^\s\"',]+)")
"""A line of a block of text that gives a name its value."""


def is_secret_name(name: str) -> bool:
    """Whether a secret is expected under a name, as in `Accounts_OAuth_Google_secret`."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ABOUT_A_SECRET:
        return False
    pairs = pairwise(words)
    return bool(_SECRET_WORDS.intersection(words)) or bool(_SECRET_PAIRS.intersection(pairs))


def looks_secret(value: object) -> bool:
    """Whether a string looks like a secret, wherever it stands."""
    return isinstance(value, str) and any(pattern.search(value) for pattern in _LOOKS)


def is_secret_variable(name: str, value: str) -> bool:
    """Whether the value of an environment variable is to be kept as a secret."""
    # What is encrypted in vain still reaches the pods, so that a suspicion is enough.
    if looks_secret(value) or _has_assignment(value) or _RANDOM.fullmatch(value):
        return True
    is_switch = value.lower() in ("", "true", "false", "yes", "no")
    return is_secret_name(name) and not is_switch and not _is_filled_in(value)


def find_secrets(value: Any, path: str = "", name: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yields the path of each secret in a value.

    Args:
        value: JSON.
        path: Where it is; the paths begin with it.
        name: The name that it stands under.
    """
    if isinstance(value, Mapping):
        variable = str(value.get("name", ""))
        for key, item in value.items():
            below = f"{path}{key_step(key)}".lstrip(".")
            yield from find_secrets(item, below, variable if key == "value" else str(key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from find_secrets(item, f"{path}[{i}]", name)
    elif _is_secret(value, name):
        yield path


def without_secrets(messages: Iterable[str], value: object, name: str) -> str:
    """Returns messages about a value as one, or what can be said where it may hold a secret."""
    hidden = any(find_secrets(value, name=name))
    return "isn't what Kubernetes takes (it isn't shown)" if hidden else "; ".join(messages)


def _is_secret(value: object, name: str) -> bool:
    if looks_secret(value):
        return True
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return False
    text = str(value)
    last = name.rpartition("/")[2]
    if _has_assignment(text):
        return True
    if not is_secret_name(last) or _is_filled_in(text):
        return False
    return not (_REFERENCE.fullmatch(last) and _OBJECT_NAME.fullmatch(text))


def _has_assignment(text: str) -> bool:
    """Whether a block of text gives a value to a name under which a secret is expected."""
    found = (_ASSIGNMENT.match(line) for line in text.splitlines())
    return "\n" in text.strip() and any(
        match is not None and is_secret_name(match[1]) and not _is_filled_in(match[2])
        for match in found
    )


def _is_filled_in(text: str) -> bool:
    """Whether Kubernetes, a shell or a template puts the value in."""
    return bool(re.match(r"\$[({\w]|\{\{", text))
