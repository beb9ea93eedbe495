"""Secrets out of a preview: by value, wherever it stands, and by kind, whatever its value is.

Everything is masked once, before anything is made of it, so that nothing further down can leak.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASKED = "[secret]"
UNKNOWN = "[known after the change]"
SECRET_FIELDS = ("data", "stringData")

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks a value as something else than what it looks like."""
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret
_UNKNOWNS = re.compile(r"04da6b54-80e4-46f7-96ec-b56ff0331ba9")
"""What the engine puts where a value isn't known in a preview."""
_SHORTEST = 4
"""A shorter value stands in too many places that aren't secret; its kind hides it."""
_SHORTEST_LINE = 8
_LOGIN = re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/@\"'<>]+@", re.IGNORECASE)
"""What stands before the host of a URL: a user, and most often a password."""
_PRIVATE_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential",
    re.IGNORECASE,
)
"""Names of environment variables whose values are private."""


class Mask:
    """Hides what it was given, and what it finds to be secret in the trees that it is shown."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values = set(secrets)
        self._forms: list[str] | None = None

    def learn(self, value: object) -> None:
        """Takes note of every secret in `value`."""
        self._by_kind(value)
        self._forms = None

    def tree(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        """`value` with every secret in it masked that is known so far or stands in it."""
        hidden = self._by_kind(value)
        self._forms = None
        forms = self._present(hidden)

        def change(text: str) -> str:
            return _masked(text, forms)

        return walk(hidden, change)

    def text(self, text: str) -> str:
        """`text` with every secret in it masked that is known so far."""
        if self._forms is None:
            self._forms = sorted(_forms(self._values), key=lambda form: (-len(form), form))
        return _masked(text, self._forms)

    def _present(self, value: object) -> list[str]:
        """The forms of secrets that stand anywhere in `value`: most often none."""
        texts = list(_texts(value))
        whole = "\0".join([*texts, *(_decoded(text) for text in texts if "%" in text)])
        found = {form for form in _forms(self._values) if form in whole}
        return sorted(found, key=lambda form: (-len(form), form))

    def _by_kind(self, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, list):
            return [self._by_kind(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            self._learn(value.get("value"))
            self._learn(value.get("plaintext"))
            return MASKED
        if value.get("kind") == "Secret":
            return {
                key: self._hidden(key, held) if key in SECRET_FIELDS else self._by_kind(held)
                for key, held in value.items()
            }
        if _is_private(value.get("name"), value.get("value")):
            self._learn(value["value"])
        return {key: self._by_kind(held) for key, held in value.items()}

    def _hidden(self, field: str, held: object) -> object:
        """The data of a Secret as what it is called, and nothing of what it is."""
        if not isinstance(held, Mapping):
            self._learn(held)
            return MASKED
        if _SIGNATURE in held:
            return self._by_kind(held)
        for text in held.values():
            self._learn(text)
            if field == "data" and isinstance(text, str):
                self._learn(_from_base64(text))
        return dict.fromkeys(map(str, held), MASKED)

    def _learn(self, value: object) -> None:
        if isinstance(value, str) and value != MASKED:
            self._values.add(value)
            # A plaintext in a state is JSON.
            if value[:1] in ('"', "{", "["):
                try:
                    self._learn(json.loads(value))
                except (ValueError, RecursionError):
                    return
        elif isinstance(value, Mapping):
            for held in value.values():
                self._learn(held)
        elif isinstance(value, list):
            for held in value:
                self._learn(held)


def _is_private(name: object, value: object) -> bool:
    """Whether an environment variable holds something private in plain sight."""
    if not isinstance(name, str) or not isinstance(value, str):
        return False
    return bool(_PRIVATE_NAME.search(name)) and len(value) >= _SHORTEST_LINE


def _masked(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, MASKED)
    if "%" in text:
        decoded = _decoded(text)
        # Encoded in a way that isn't among the forms, such as letter by letter.
        if any(form in decoded and form not in text for form in forms):
            text = MASKED
    if "://" in text:
        text = _LOGIN.sub(rf"\1{MASKED}@", text)
    return _UNKNOWNS.sub(UNKNOWN, text)


def _decoded(text: str) -> str:
    return f"{unquote(text)}\0{unquote_plus(text)}"


def _forms(values: Iterable[str]) -> Iterator[str]:
    """Every way in which a secret may stand in a text, itself included."""
    for value in _parts(values):
        once = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        yield from once
        yield html.escape(value)
        yield html.escape(value, quote=False)
        for text in once:
            for encoded in (quote(text, safe=""), quote(text), quote_plus(text)):
                yield encoded
                yield re.sub("%..", lambda found: found[0].lower(), encoded)
            yield from _base64(text.encode("utf-8", "replace"))


def _parts(values: Iterable[str]) -> set[str]:
    """The values, and what in them is secret by itself: lines, and passwords of URLs."""
    parts = set()
    for value in values:
        lines = [line.strip() for line in value.splitlines()]
        parts |= {value, value.strip()}
        parts |= {line for line in lines if len(line) >= _SHORTEST_LINE}
        for login in re.findall(r"://([^\s/@]+)@", value):
            password = login.partition(":")[2]
            parts |= {password, unquote(password)}
    return {part for part in parts if len(part) >= _SHORTEST}


def _base64(raw: bytes) -> Iterator[str]:
    """What `raw` looks like in base64, by itself and within something longer."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode()
        # Characters that other bytes have a share in differ with those.
        whole = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if len(whole) >= _SHORTEST:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")


def _from_base64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield str(key)
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)


def walk(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON
    """`value` with every text in it, keys included, as `change` makes it."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(str(key)): walk(held, change) for key, held in value.items()}
    if isinstance(value, list):
        return [walk(held, change) for held in value]
    return value
