"""Kubernetes objects as what they mean, so that two renderings can be compared."""

import re
from typing import TypeAlias

import yaml

Value: TypeAlias = "str | float | list[Value] | dict[str, Value] | None"


def objects(manifests: str) -> dict[str, Value]:
    """What is rendered, by kind and name."""
    found: dict[str, Value] = {}
    for item in yaml.load_all(manifests, Loader=yaml.CSafeLoader):
        if item is not None:
            key = f"{item['kind']}/{item['metadata']['name']}"
            assert key not in found, f"{key} is rendered twice"
            found[key] = meaning(item)
    return found


def meaning(value: Value, key: str = "") -> Value:
    """The value without what makes no difference to Kubernetes, or to NATS."""
    if key == "nats.conf":
        return nats_conf(str(value))
    if isinstance(value, dict):
        kept = {name: meaning(item, name) for name, item in value.items()}
        # Null and empty are the same as absent, except for the volume that is defined by nothing.
        return {k: v for k, v in kept.items() if v not in (None, {}, []) or k == "emptyDir"}
    if isinstance(value, list):
        items = [meaning(item) for item in value]
        # The order of variables matters only where one refers to another.
        if key == "env" and "$(" not in str(items):
            named: dict[str, Value] = {str(i["name"]): i for i in items if isinstance(i, dict)}
            assert len(named) == len(items), f"a variable is there twice: {items}"
            return named
        return items
    return value


def differences(theirs: Value, ours: Value, path: str = "") -> dict[str, tuple[Value, Value]]:
    """Both values at each path where they differ, marked - (only theirs), + (only ours) or ~."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found: dict[str, tuple[Value, Value]] = {}
        for key in sorted(theirs.keys() | ours.keys()):
            below = f"{path}.{key}".lstrip(".")
            if key not in ours:
                found[f"- {below}"] = (theirs[key], None)
            elif key not in theirs:
                found[f"+ {below}"] = (None, ours[key])
            else:
                found |= differences(theirs[key], ours[key], below)
        return found
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = enumerate(zip(theirs, ours, strict=True))
        return {k: v for i, (a, b) in pairs for k, v in differences(a, b, f"{path}[{i}]").items()}
    return {} if theirs == ours else {f"~ {path}": (theirs, ours)}


def nats_conf(text: str) -> Value:
    """As much of the NATS configuration language as the charts write."""
    words = iter(re.findall(r'"[^"]*"|[{}\[\]]|[^\s,{}\[\]]+', re.sub(r"#.*", "", text)))

    def block() -> Value:
        found: dict[str, Value] = {}
        for word in words:
            if word == "}":
                break
            key, _, rest = word.partition(":")
            assert key.isidentifier(), f"{key} isn't a setting's name"
            after = rest or next(words)
            found[key] = value(next(words) if after == "=" else after)
        return found

    def value(word: str) -> Value:
        if word == "{":
            return block()
        if word == "[":
            return list(iter(lambda: value(next(words)), "]"))
        return word.strip('"')

    return block()
