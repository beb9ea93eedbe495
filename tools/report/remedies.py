"""What to do about fields that can't be changed."""

import re
from typing import NamedTuple

DEFAULT_REMEDY = (
    "Undo the change of that field, or accept that the object is removed and created again."
)
SHRINK_REMEDY = (
    "Restore the old size, or create a second, smaller volume, copy the files to it and switch"
    " over."
)


class _Replacement(NamedTuple):
    """A field whose change replaces the object."""

    kind: str
    """The kind of the object; empty for every kind."""
    path: str
    """A regular expression for the beginning of the field's path."""
    remedy: str


_REPLACEMENTS = (
    _Replacement(
        "PersistentVolumeClaim",
        r"",
        "The files on it are lost. Keep the volume as it is, or create a second one, copy the files"
        " to it and switch over.",
    ),
    _Replacement(
        "Namespace",
        r"metadata\.name",
        "Everything in the old namespace is removed with it. Keep the name, or deploy the workspace"
        " to the new namespace as a second stack, migrate to it, and destroy the first stack.",
    ),
    _Replacement(
        "",
        r"metadata\.(name|namespace)",
        "An object can't be renamed: a new one is created, and the old one removed. Keep the name"
        " if anything else refers to it.",
    ),
    _Replacement(
        "StatefulSet",
        r"spec\.(volumeClaimTemplates|serviceName|podManagementPolicy|selector)",
        "Undo the change, or deploy it at a quiet time: all pods stop, then new ones start.",
    ),
    _Replacement(
        "Deployment",
        r"spec\.selector",
        "Keep the labels that select its pods, or deploy the change at a quiet time: all pods stop,"
        " then new ones start.",
    ),
    _Replacement(
        "Service",
        r"spec\.(clusterIP|clusterIPs|ipFamilies|type)",
        "Let the cluster assign the address, or accept that the Service is unreachable while it is"
        " replaced.",
    ),
    _Replacement(
        "Secret",
        r"(data|stringData)",
        "Set kubernetes:enableSecretMutable in the stack's config, and the value changes in place."
        " Without it, pods that start during the replacement wait for the new Secret.",
    ),
    _Replacement(
        "Secret",
        r"(type|immutable)",
        "Give the new Secret another name, and remove the old one once nothing reads it.",
    ),
    _Replacement(
        "ConfigMap",
        r"(data|binaryData)",
        "Set kubernetes:enableConfigMapMutable in the stack's config, and the data changes in"
        " place. Without it, pods that start during the replacement wait for the new ConfigMap.",
    ),
)


class Refusal(NamedTuple):
    """A change that the cluster refuses."""

    field: str
    """The path of the field, if the message names it."""
    remedy: str


class _RefusalMessage(NamedTuple):
    pattern: str
    remedy: str


_REFUSALS = (
    _RefusalMessage(
        r"can not be less than (?:status\.capacity|previous value)|field can not be less",
        f"A volume can't shrink. {SHRINK_REMEDY}",
    ),
    _RefusalMessage(
        r"only dynamically provisioned pvc can be resized",
        "The storage class of this volume can't expand it. Restore the old size, or create a second"
        " volume, copy the files to it and switch over.",
    ),
    _RefusalMessage(
        r"updates to statefulset spec for fields other than",
        "Undo the change, or remove the StatefulSet without its pods (`kubectl delete statefulset"
        " --cascade=orphan`) and run this again.",
    ),
    _RefusalMessage(
        r"field is immutable|spec is immutable|is immutable when `immutable` is set",
        "Undo the change of that field, or give the object another name, so that a new one is"
        " created.",
    ),
)
_FIELD = re.compile(r"([A-Za-z][\w.\[\]]*): (?:Forbidden|Invalid value)")


def replacement_remedy(kind: str, paths: list[str]) -> str:
    """What to do if these property paths force an object of this kind to be replaced."""
    for replacement in _REPLACEMENTS:
        if replacement.kind in ("", kind) and any(
            re.match(replacement.path, path) for path in paths
        ):
            return replacement.remedy
    return DEFAULT_REMEDY


def find_refusal(error: str) -> Refusal | None:
    """The change that the cluster refuses, according to the error of a failed preview."""
    for message in _REFUSALS:
        if re.search(message.pattern, error):
            field = _FIELD.search(error)
            return Refusal(field[1] if field else "", message.remedy)
    return None
