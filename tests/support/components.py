"""What the tests of the component share: inputs, errors taken apart, and what the chart renders."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import pulumi
import pytest

from components.chart.values import merge_values
from components.fast_yaml import load_all_yaml
from components.inputs.errors import ValidationErrors
from components.inputs.resolve import SECRETS, resolve
from components.inputs.spec import WorkspaceSpec
from components.inputs.stack_config import parse_config
from components.naming import camel
from tests.support.paths import CHART_FACTS

ENCRYPTED = {camel(name) for name in SECRETS}
"""The config keys of all secrets."""

CANARY = "CANARY-7f3a"
"""Stands for a secret that must not be reported."""

Object = dict[str, Any]

OFF = {"ingress": {"enabled": False}}
PER_SERVICE = {
    "rocketchat": 3,
    "presence": 2,
    "ddp_streamer": 8,
    "account": 4,
    "authorization": 5,
    "nats": 5,
}
TLS = {
    "class_name": "nginx",
    "tls_secret": "chat-tls",
    "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
}
CASES: dict[str, dict[str, Any]] = {
    "per-service": {**OFF, "replicas": PER_SERVICE},
    "external-nats": {**OFF, "nats_url": "nats://bus"},
    "ingress-tls": {"ingress": TLS},
    "monolith-nats": {**OFF, "mode": "monolith", "replica_count": 3},
}
"""Inputs, by the case whose rendering was kept that they mean."""


def inputs(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - inputs of any type, wrong ones too
    """The fewest inputs that a workspace needs, and `more`."""
    return {"host": "chat.example.com", "mongodb_secret": "chat-mongodb", **more}


def config(**more: str) -> dict[str, str]:
    """The same as texts of a stack's config."""
    return {"host": "chat.example.com", "mongodbSecret": "chat-mongodb", **more}


def resolve_config(texts: Mapping[str, str], encrypted: Collection[str]) -> WorkspaceSpec:
    """What a stack's config means, as the program finds out."""
    config = parse_config(texts, encrypted)
    return resolve(config.args, config.errors)


def refusal(act: Callable[[], object]) -> str:
    """The whole text of the `pulumi.RunError` that `act` ends in; any other end is a failure."""
    with pytest.raises(pulumi.RunError) as raised:
        act()
    return str(raised.value)


def problems_of(act: Callable[[], object]) -> list[str]:
    """Each problem that `act` is refused for, all of them reported in one error."""
    head, *found = refusal(act).split("\n  - ")
    many = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    assert head == f"{many} in the inputs; nothing was changed:"
    return found


def gathered(errors: ValidationErrors) -> list[str]:
    """Each problem in `errors`; none is fine too."""
    try:
        errors.raise_if_any()
    except pulumi.RunError:
        return problems_of(errors.raise_if_any)
    return []


@cache
def _kept(name: str) -> tuple[Any, ...]:
    return tuple(load_all_yaml((CHART_FACTS / name).read_text()))


def kept_values(case: str) -> dict[str, Any]:
    """The values that a kept rendering was made from."""
    (values,) = _kept(f"{case}.values.yaml")
    return deepcopy(values)


def kept_objects(case: str) -> list[Object]:
    """What the official chart rendered for them, as release and in namespace `chat`."""
    return deepcopy([one for one in _kept(f"{case}.manifests.yaml") if one is not None])


def default_values() -> dict[str, Any]:
    """The official chart's own values."""
    (values,) = _kept("default-values.yaml")
    return deepcopy(values)


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` laid over the chart's own, as Helm does; alike means that the same is rendered."""
    # NATS comes, with a monolith alone too, where nobody says otherwise.
    return merge_values(merge_values(default_values(), {"nats": {"enabled": True}}), values)


def rendering_of(values: Mapping[str, Any]) -> list[Object]:
    """What the official chart renders from `values`, where that was kept."""
    cases = [path.name.removesuffix(".values.yaml") for path in CHART_FACTS.glob("*.values.yaml")]
    for case in cases:
        if complete(kept_values(case)) == complete(values):
            return kept_objects(case)
    raise LookupError(f"no rendering of these values was kept: {values}")


def without_nats(objects: list[Object]) -> list[Object]:
    """`objects` of a monolith alone as the chart renders them where its NATS is off."""
    for one in objects:
        for held in one.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
            held["env"] = [each for each in held.get("env", []) if each["name"] != "TRANSPORTER"]
    return [one for one in objects if "nats" not in one["metadata"]["name"]]


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    """The objects of one kind, by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def variables(workload: Object) -> dict[str, Any]:
    """What each variable of a workload's containers is, by name: a value or where it is from."""
    return {
        each["name"]: each.get("value", each.get("valueFrom"))
        for held in workload["spec"]["template"]["spec"]["containers"]
        for each in held.get("env", [])
    }


def at(values: Mapping[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any value
    """The value at the end of `path`."""
    found: Any = values
    for key in path:
        found = found[key]
    return found


def as_config(came: Mapping[str, Any]) -> dict[str, str]:
    """Inputs of a Python program as the texts that a stack's config has for them; nulls go."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in _camelised(came).items()
        if value is not None
    }


def _camelised(value: Any) -> Any:  # noqa: ANN401 - any input
    if isinstance(value, Mapping):
        return {camel(str(key)): _camelised(held) for key, held in value.items()}
    return value


def sha256(content: bytes) -> str:
    """As digests are written."""
    return hashlib.sha256(content).hexdigest()


ABOUT = {"Chart.yaml": b"name: rocketchat\nversion: 7.0.2\nappVersion: 8.6.1\n"}


def packed(files: Mapping[str, bytes] = ABOUT) -> bytes:
    """A chart's package with these files, the same for the same."""
    whole = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=whole, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as package,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(f"rocketchat/{name}")
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    return whole.getvalue()
