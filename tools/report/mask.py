"""Removes secrets from a preview, by their values and by where they are.

A preview is masked once, before anything else reads it, so that no later step can leak a secret.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASKED = "[secret]"
UNKNOWN = "[known after the change]"
SECRET_FIELDS = ("data", "stringData")

_SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
"""The key of Pulumi's special values, in the SDK's `rpc.py`."""
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret
_UNKNOWN_VALUE = re.compile(r"04da6b54-80e4-46f7-96ec-b56ff0331ba9")
"""The engine's placeholder for a value that a preview doesn't know."""
_MIN_SECRET_LENGTH = 4
"""Shorter values occur in too many harmless places; they are only masked where they are secret."""
_MIN_LINE_LENGTH = 8
_URL_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/@\"'<>]+@", re.IGNORECASE)
_SECRET_VARIABLE = re.compile(
    r"passw(or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential",
    re.IGNORECASE,
)
"""Names of environment variables whose values are treated as secret."""


class Mask:
    """Replaces known secrets with `[secret]`, and finds more of them in the values that it sees."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = set(secrets)
        self._encodings: list[str] | None = None

    def learn(self, value: object) -> None:
        """Remembers every secret in `value`."""
        self._mask_secret_fields(value)
        self._encodings = None

    def mask(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Returns `value` without the secrets in it and those learned so far."""
        masked = self._mask_secret_fields(value)
        self._encodings = None
        encodings = self._encodings_in(masked)
        return map_strings(masked, lambda text: _mask_text(text, encodings))

    def mask_text(self, text: str) -> str:
        """Returns `text` without the secrets learned so far."""
        if self._encodings is None:
            self._encodings = _longest_first(_encodings(self._secrets))
        return _mask_text(text, self._encodings)

    def _encodings_in(self, value: object) -> list[str]:
        """The encodings of secrets that occur anywhere in `value`; usually none."""
        texts = list(_strings(value))
        everything = "\0".join([*texts, *(_url_decoded(text) for text in texts if "%" in text)])
        return _longest_first({text for text in _encodings(self._secrets) if text in everything})

    def _mask_secret_fields(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Masks fields that hold a secret whatever their value, and learns their values."""
        if isinstance(value, list):
            return [self._mask_secret_fields(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if value.get(_SIGNATURE_KEY) == _SECRET_SIGNATURE:
            self._learn(value.get("value"))
            self._learn(value.get("plaintext"))
            return MASKED
        if value.get("kind") == "Secret":
            return {
                key: self._mask_data(key, field)
                if key in SECRET_FIELDS
                else self._mask_secret_fields(field)
                for key, field in value.items()
            }
        if _is_secret_variable(value.get("name"), value.get("value")):
            self._learn(value["value"])
        return {key: self._mask_secret_fields(field) for key, field in value.items()}

    def _mask_data(self, field: str, data: object) -> object:
        """The keys of a Secret's `data` or `stringData`, with every value masked."""
        if not isinstance(data, Mapping):
            self._learn(data)
            return MASKED
        if _SIGNATURE_KEY in data:
            return self._mask_secret_fields(data)
        for text in data.values():
            self._learn(text)
            if field == "data" and isinstance(text, str):
                self._learn(_decode_base64(text))
        return dict.fromkeys(map(str, data), MASKED)

    def _learn(self, value: object) -> None:
        if isinstance(value, str) and value != MASKED:
            self._secrets.add(value)
            # The plaintext of a secret in a state file is JSON.
            if value[:1] in ('"', "{", "["):
                try:
                    self._learn(json.loads(value))
                except (ValueError, RecursionError):
                    return
        elif isinstance(value, Mapping):
            for field in value.values():
                self._learn(field)
        elif isinstance(value, list):
            for item in value:
                self._learn(item)


def map_strings(value: Any, function: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    """Returns `value` with `function` applied to every string in it, keys included."""
    if isinstance(value, str):
        return function(value)
    if isinstance(value, Mapping):
        return {function(str(key)): map_strings(field, function) for key, field in value.items()}
    if isinstance(value, list):
        return [map_strings(item, function) for item in value]
    return value


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, field in value.items():
            yield str(key)
            yield from _strings(field)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _is_secret_variable(name: object, value: object) -> bool:
    """Whether an environment variable contains a secret in plain text, judging by its name."""
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    return bool(_SECRET_VARIABLE.search(name)) and len(value) >= _MIN_LINE_LENGTH


def _mask_text(text: str, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        text = text.replace(encoding, MASKED)
    if "%" in text:
        decoded = _url_decoded(text)
        # URL-encoded in another way than ours, such as every letter.
        if any(encoding in decoded and encoding not in text for encoding in encodings):
            text = MASKED
    if "://" in text:
        text = _URL_CREDENTIALS.sub(rf"\1{MASKED}@", text)
    return _UNKNOWN_VALUE.sub(UNKNOWN, text)


def _url_decoded(text: str) -> str:
    return f"{unquote(text)}\0{unquote_plus(text)}"


def _longest_first(texts: Iterable[str]) -> list[str]:
    """Sorted so that a text is replaced before any part of it."""
    return sorted(texts, key=lambda text: (-len(text), text))


def _encodings(secrets: Iterable[str]) -> Iterator[str]:
    """Every way in which a secret may be written, including as it is."""
    for secret in _parts(secrets):
        plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        yield from plain
        yield html.escape(secret)
        yield html.escape(secret, quote=False)
        for text in plain:
            for encoded in (quote(text, safe=""), quote(text), quote_plus(text)):
                yield encoded
                yield re.sub("%..", lambda match: match[0].lower(), encoded)
            yield from _base64_forms(text.encode("utf-8", "replace"))


def _parts(secrets: Iterable[str]) -> set[str]:
    """The secrets and those parts of them that are secret too: lines, and passwords in URLs."""
    parts = set()
    for secret in secrets:
        lines = [line.strip() for line in secret.splitlines()]
        parts |= {secret, secret.strip()}
        parts |= {line for line in lines if len(line) >= _MIN_LINE_LENGTH}
        for credentials in re.findall(r"://([^\s/@]+)@", secret):
            password = credentials.partition(":")[2]
            parts |= {password, unquote(password)}
    return {part for part in parts if len(part) >= _MIN_SECRET_LENGTH}


def _base64_forms(data: bytes) -> Iterator[str]:
    """The characters that `data` gives in base64, alone or at any place in longer data."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode()
        # Characters at both ends also depend on the neighbouring bytes.
        inner = encoded[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
        if len(inner) >= _MIN_SECRET_LENGTH:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


def _decode_base64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
