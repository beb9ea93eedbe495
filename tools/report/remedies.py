"""Fields that can't be changed, and the way out for each."""

import re
from typing import NamedTuple

UNDO = "Undo the change of that field, or accept that the object is removed and made anew."

_WAYS: tuple[tuple[str, str, str], ...] = (
    (
        "PersistentVolumeClaim",
        r"",
        (
            "The files are lost with it. Keep the volume as it is; or make a second one, copy "
            "the files over, and switch to it."
        ),
    ),
    (
        "Namespace",
        r"metadata\.name",
        (
            "Everything in the old namespace goes with it. Keep the name; or bring the "
            "workspace up in the new one as a second stack, move over, and destroy the first."
        ),
    ),
    (
        "",
        r"metadata\.(name|namespace)",
        (
            "A name is for ever: the object is made anew under the new one, and the old one "
            "removed. Keep the name if anything else refers to it."
        ),
    ),
    (
        "StatefulSet",
        r"spec\.(volumeClaimTemplates|serviceName|podManagementPolicy|selector)",
        (
            "Undo that change; or, at a quiet hour, let it be replaced: its pods stop, and "
            "start anew."
        ),
    ),
    (
        "Deployment",
        r"spec\.selector",
        (
            "Keep the labels by which it finds its pods; or, at a quiet hour, let it be "
            "replaced: its pods stop, and start anew."
        ),
    ),
    (
        "Service",
        r"spec\.(clusterIP|clusterIPs|ipFamilies|type)",
        ("Leave the address to the cluster; or let it be replaced: it doesn't answer in between."),
    ),
    (
        "Secret",
        r"(data|stringData)",
        (
            "Its value changes in place where the stack's config has "
            "kubernetes:enableSecretMutable. Without it, a pod that starts in between waits for"
            " it."
        ),
    ),
    (
        "Secret",
        r"(type|immutable)",
        ("Give the new one another name, and remove the old one when nothing reads it any more."),
    ),
    (
        "ConfigMap",
        r"(data|binaryData)",
        (
            "It changes in place where the stack's config has "
            "kubernetes:enableConfigMapMutable. Without it, a pod that starts in between waits "
            "for it."
        ),
    ),
)


class Refused(NamedTuple):
    """A field that the cluster refuses to change."""

    field: str
    way_out: str


_REFUSALS: tuple[tuple[str, str], ...] = (
    (
        r"can not be less than (?:status\.capacity|previous value)|field can not be less",
        (
            "A volume never shrinks. Put the old size back; or make a second, smaller volume, "
            "copy the files over, and switch to it."
        ),
    ),
    (
        r"only dynamically provisioned pvc can be resized",
        (
            "This volume's storage class can't enlarge it. Put the old size back; or make a "
            "second volume, copy the files over, and switch to it."
        ),
    ),
    (
        r"updates to statefulset spec for fields other than",
        (
            "Undo that change; or remove the StatefulSet and leave its pods (`kubectl delete "
            "statefulset --cascade=orphan`), and run again."
        ),
    ),
    (
        r"field is immutable|spec is immutable|is immutable when `immutable` is set",
        (
            "Undo the change of that field; or give the object another name, so that it is made"
            " anew."
        ),
    ),
)
_FIELD = re.compile(r"([A-Za-z][\w.\[\]]*): (?:Forbidden|Invalid value)")


def way_out(kind: str, paths: list[str]) -> str:
    """What to do where these paths force an object of a kind to be replaced."""
    for of, pattern, way in _WAYS:
        if of in ("", kind) and any(re.match(pattern, path) for path in paths):
            return way
    return UNDO


def refused(message: str) -> Refused | None:
    """The field that the cluster refuses to change, as a failed preview tells it."""
    for pattern, way in _REFUSALS:
        if re.search(pattern, message):
            field = _FIELD.search(message)
            return Refused(field[1] if field else "", way)
    return None
