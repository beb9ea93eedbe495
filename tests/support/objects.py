"""Normalizes Kubernetes objects, so that two renderings can be compared."""

import re
from typing import TypeAlias

from components.fast_yaml import load_all_yaml
from tools.differences import find_differences

Value: TypeAlias = "str | float | list[Value] | dict[str, Value] | None"


def objects(manifests: str) -> dict[str, Value]:
    """Returns the normalized objects in manifests, by kind and name."""
    by_name: dict[str, Value] = {}
    for obj in load_all_yaml(manifests):
        if obj is not None:
            key = f"{obj['kind']}/{obj['metadata']['name']}"
            assert key not in by_name, f"{key} is rendered twice"
            by_name[key] = normalized(obj)
    return by_name


def normalized(value: Value, key: str = "") -> Value:
    """Returns `value` without what makes no difference to Kubernetes or NATS."""
    if key == "nats.conf":
        return parse_nats_conf(str(value))
    if isinstance(value, dict):
        fields = {name: normalized(item, name) for name, item in value.items()}
        # Null and empty are the same as absent, except in the volume `emptyDir: {}`.
        return {k: v for k, v in fields.items() if v not in (None, {}, []) or k == "emptyDir"}
    if isinstance(value, list):
        items = [normalized(item) for item in value]
        # The order of variables matters only if one refers to another.
        if key == "env" and "$(" not in str(items):
            variables: dict[str, Value] = {str(i["name"]): i for i in items if isinstance(i, dict)}
            assert len(variables) == len(items), f"a variable is set twice: {items}"
            return variables
        return items
    return value


def differences(theirs: Value, ours: Value) -> dict[str, tuple[Value, Value]]:
    """Returns both values at each path where they differ.

    Paths begin with - for what only `theirs` has, + for what only `ours` has, and ~ otherwise.
    """
    found = {}
    for path, before, after in find_differences(theirs, ours):
        sign = "-" if after is None else "+" if before is None else "~"
        found[f"{sign} {path}"] = (before, after)
    return found


def parse_nats_conf(text: str) -> Value:
    """Parses the part of NATS's configuration language that the charts use."""
    words = iter(re.findall(r'"[^"]*"|[{}\[\]]|[^\s,{}\[\]]+', re.sub(r"#.*", "", text)))

    def block() -> Value:
        settings: dict[str, Value] = {}
        for word in words:
            if word == "}":
                break
            key, _, rest = word.partition(":")
            assert key.isidentifier(), f"{key} isn't the name of a setting"
            first = rest or next(words)
            settings[key] = value(next(words) if first == "=" else first)
        return settings

    def value(word: str) -> Value:
        if word == "{":
            return block()
        if word == "[":
            return list(iter(lambda: value(next(words)), "]"))
        return word.strip('"')

    return block()
