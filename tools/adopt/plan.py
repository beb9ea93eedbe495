"""What a takeover will do, object by object: what was rendered by Helm against what is now."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from components.kube.merge_patch import create_merge_patch, has_unique_names
from components.kube.objects import (
    KubernetesObject,
    containers,
    kind_and_name,
    to_plain_json,
    workloads,
)

_TEMPLATE = "spec.template"
_SHOWN = ("replicas", "image", "tag", "type", "port")
"""Keys whose values hold no secret and say much."""


@dataclass(frozen=True)
class Change:
    """What becomes of one object."""

    what: str
    paths: tuple[str, ...] = ()
    restarts: bool = False
    """Whether its pods are replaced, one after the other."""


@dataclass
class Plan:
    """What a takeover will do."""

    same: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What stays on the cluster, and the stack knows nothing of."""

    @property
    def restarting(self) -> list[str]:
        """The workloads whose pods are replaced."""
        return [one.what for one in self.changed if one.restarts]


def plan(
    wanted: list[KubernetesObject],
    rendered: list[KubernetesObject],
    live: Mapping[str, KubernetesObject],
) -> Plan:
    """The plan for `wanted`, where Helm `rendered` what is there, and `live` is there now."""
    made = Plan()
    theirs = {kind_and_name(one): one for one in rendered}
    for one in wanted:
        name = kind_and_name(one)
        if name not in live:
            made.added.append(name)
            continue
        before = _as_changed_by_hand(theirs.get(name, one), live[name])
        paths = sorted(_changes(one, before))
        if template(one) != template(before) and not any(map(_restarts, paths)):
            paths.append(f"{_TEMPLATE}: the order of its lists")
        if paths:
            restarts = any(map(_restarts, paths))
            made.changed.append(Change(name, tuple(paths), restarts))
        else:
            made.same.append(name)
    names = {kind_and_name(one) for one in wanted}
    made.left = [name for name in theirs if name not in names and not _is_hook(theirs[name])]
    return made


def _changes(one: KubernetesObject, before: KubernetesObject) -> Iterator[str]:
    now = {key: held for key, held in one.items() if key != "metadata"}
    then = {key: held for key, held in before.items() if key != "metadata"}
    for key in ("labels", "annotations"):
        now[key] = _own(one["metadata"].get(key))
        then[key] = _own(before["metadata"].get(key))
    yield from differences(meaning(then), meaning(now), secret=one["kind"] == "Secret")


def kept(
    wanted: list[KubernetesObject],
    rendered: list[KubernetesObject],
    live: Mapping[str, KubernetesObject],
) -> dict[str, Any]:
    """By workload, what its pods would have to keep for none of them to restart."""
    theirs = {kind_and_name(one): one for one in rendered}
    found = {}
    for one in workloads(wanted):
        name = kind_and_name(one)
        if name not in theirs or name not in live:
            continue
        held = _as_changed_by_hand(theirs[name], live[name])
        if template(one) != template(held):
            ours = one["spec"]["template"]
            found[one["metadata"]["name"]] = create_merge_patch(
                ours, to_plain_json(held["spec"]["template"])
            )
    return found


def template(one: KubernetesObject) -> Any:  # noqa: ANN401 - JSON
    """The pod template of a workload, if it is one, without what means nothing to Kubernetes."""
    return _cleaned(one.get("spec", {}).get("template"))


def _as_changed_by_hand(one: KubernetesObject, live: KubernetesObject) -> KubernetesObject:
    """What Helm rendered, with the number and the images that somebody set since, if any."""
    if "template" not in one.get("spec", {}):
        return one
    one = deepcopy(one)
    if "replicas" in one["spec"]:
        one["spec"]["replicas"] = live["spec"].get("replicas")
    images = {held["name"]: held["image"] for held in containers(live)}
    for held in containers(one):
        held["image"] = images.get(held["name"], held["image"])
    return one


def _restarts(path: str) -> bool:
    return path.startswith(_TEMPLATE)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` without nulls and empty maps and lists."""
    if isinstance(value, Mapping):
        kept = {key: _cleaned(held) for key, held in to_plain_json(value).items()}
        # An empty volume is a volume.
        return {k: v for k, v in kept.items() if v not in ({}, [], None) or k == "emptyDir"}
    return [_cleaned(held) for held in value] if isinstance(value, list) else value


def meaning(value: Any) -> Any:  # noqa: ANN401 - JSON
    """`value` without what means nothing to Kubernetes, lists with names as maps of them."""
    return _by_names(_cleaned(value))


def _by_names(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {key: _by_names(held) for key, held in value.items()}
    if has_unique_names(value):
        return {f"[{held['name']}]": _by_names(held) for held in value}
    if isinstance(value, list):
        return [_by_names(held) for held in value]
    return value


def differences(then: Any, now: Any, path: str = "", *, secret: bool = False) -> Iterator[str]:  # noqa: ANN401 - JSON
    """A line for each path at which they differ, with the values where those are harmless."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in sorted({*then, *now}):
            below = f"{path}{key}" if key.startswith("[") else f"{path}.{key}".lstrip(".")
            yield from differences(then.get(key), now.get(key), below, secret=secret)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for i, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from differences(one, other, f"{path}[{i}]", secret=secret)
    elif then != now:
        harmless = not secret and path.rpartition(".")[2] in _SHOWN
        both = all(isinstance(one, str | int | None) for one in (then, now))
        yield f"{path}: {_word(then)} -> {_word(now)}" if harmless and both else path


def _word(value: object) -> str:
    return "nothing" if value is None else str(value)


def _own(held: Mapping[str, Any] | None) -> dict[str, Any]:
    """Labels or annotations, less those that the engine reads and nobody else."""
    return {k: v for k, v in (held or {}).items() if not k.startswith("pulumi.com/")}


def _is_hook(one: KubernetesObject) -> bool:
    return "helm.sh/hook" in (one["metadata"].get("annotations") or {})
