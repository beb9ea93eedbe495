"""The types of Helm values: each value as the chart takes it, or a sentence on why it can't be."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from components.inputs.checks import is_image_tag
from components.kube.images import ImageReference
from components.messages import key_step, show
from tools.adopt.secret_values import find_secrets, is_secret_name
from tools.adopt.translation import Translation

_PLACEHOLDER = re.compile(
    r"\s*(\$\{[^}]*\}|\$\([^)]*\)|\$[A-Z_]{2,}|<[^<>]+>|\{\{.*\}\}|__\w+__|#\{.*\}#?|%\w+%"
    r"|\(\(.*\)\)|ref\+\w+://\S+|vault:\S+|(?i:change[-_ ]?me|replace[-_ ]?me|todo|tbd))\s*",
    re.DOTALL,
)
"""What a tool or a person was to fill in."""
_PLACEHOLDER_WITHIN = re.compile(r"\$\{\w+\}|<[A-Za-z][\w -]*>|\{\{.*\}\}", re.DOTALL)
_ENCRYPTED = re.compile(r"ENC\[AES256_GCM,.*")
_OFFICIAL = ("rocketchat/rocket.chat", "registry.rocket.chat/rocketchat/rocket.chat")
_DROP = object()
_Convert = Callable[[Any, str, Translation], Any]
"""Takes a value and its path, and returns it as the chart takes it; `_DROP` for nothing."""


def fit_types(
    values: Mapping[str, Any], defaults: Mapping[str, Any], translation: Translation
) -> dict[str, Any]:
    """Returns `values` with the types that the chart takes, and adds a refusal for each misfit."""
    return _fit_object(values, defaults, "", translation)


def placeholder_error(text: str) -> str:
    """Returns what stands in a text for something that was never filled in; "" for nothing."""
    if _ENCRYPTED.match(text):
        return "is encrypted by SOPS. Give the decrypted values"
    if _PLACEHOLDER.fullmatch(text) or _PLACEHOLDER_WITHIN.search(text):
        return "holds a placeholder"
    return ""


def unfilled_error(text: str) -> str:
    """As `placeholder_error`, for a text in which much else may stand, HTML for example."""
    if re.fullmatch(r"<(?!/?[a-z]+>)[^<>]+>", text.strip()) or re.search(r"\$\{[A-Z_]+\}", text):
        return "holds a placeholder"
    whole = _PLACEHOLDER.fullmatch(text) and not text.strip().startswith(("<", "$(", "{{"))
    return "holds a placeholder" if whole else ""


def _fit_object(
    values: Mapping[str, Any], defaults: Mapping[str, Any], above: str, translation: Translation
) -> dict[str, Any]:
    fitted = {}
    for key, value in values.items():
        path = f"{above}{key_step(key)}".lstrip(".")
        default = defaults.get(key)
        convert = _BY_PATH.get(path) or _BY_NAME.get(key) or _by_default(default)
        converted = convert(value, path, translation)
        if isinstance(converted, dict) and convert in (_to_object, _to_image):
            below = default if isinstance(default, Mapping) else {}
            converted = _fit_object(converted, below, path, translation)
        if converted is not _DROP:
            fitted[key] = converted
    return fitted


def _by_default(default: object) -> _Convert:
    for type_, convert in (
        (bool, _to_bool),
        (int, _to_int),
        (str, _to_string),
        (list, _to_list),
        (Mapping, _to_object),
    ):
        if isinstance(default, type_):
            return convert
    return _to_anything


def _to_anything(value: Any, *_: object) -> Any:  # noqa: ANN401 - JSON
    return value


def _to_bool(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "yes", "on"):
        return True
    if isinstance(value, str) and value.strip().lower() in ("false", "no", "off"):
        return _drop(
            translation,
            path,
            "is the text false, which Helm takes for true. Write false without quotes.",
        )
    return _refuse(value, path, "true or false", translation)


def _to_int(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}(\.0*)?\s*", value, re.ASCII):
        return int(float(value))
    return _refuse(value, path, "an integer", translation)


def _to_string(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is None or (isinstance(value, str) and not placeholder_error(value)):
        return value
    return _refuse(value, path, "a string", translation)


def _to_password(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    # A password may well contain what looks like a placeholder somewhere in it.
    if isinstance(value, str) and not (_PLACEHOLDER.fullmatch(value) or _ENCRYPTED.match(value)):
        return value
    return _to_string(value, path, translation)


def _to_tag(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, float):
        return _drop(
            translation,
            path,
            f"is the number {value}, as YAML reads 8.10 as 8.1. Write it in quotes, in full, such"
            ' as "8.6.1".',
        )
    return _to_string(value, path, translation)


def _to_budget(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}%", value):
        return value
    return _to_int(value, path, translation)


def _to_object(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if value is None:
        return _DROP
    return value if isinstance(value, dict) else _refuse(value, path, "an object", translation)


def _to_image(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """An object, also where it is a text as in `docker run`."""
    if not isinstance(value, str) or placeholder_error(value):
        return _to_object(value, path, translation)
    reference = ImageReference.parse(value.strip())
    tag = reference.tag + (f"@{reference.digest}" if reference.digest else "")
    if not is_image_tag(tag):
        return _drop(translation, path, "is a text, and no image with a tag, such as …:8.6.1.")
    translation.notes.append(f"{path}: is a text, and is read as the repository and the tag in it.")
    if reference.repository.removeprefix("docker.io/") in _OFFICIAL:
        return {"tag": tag}
    return {"tag": tag, "repository": reference.repository}


def _to_free_object(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """An object that Kubernetes, and not the chart, knows the fields of."""
    return _to_object(value, path, translation)


def _to_switch(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """A part of the chart that the program doesn't run: whether it is on is all that matters."""
    part = _to_object(value, path, translation)
    if isinstance(part, dict) and "enabled" in part:
        enabled = _to_bool(part["enabled"], f"{path}.enabled", translation)
        return {**part, "enabled": enabled if isinstance(enabled, bool) else None}
    return part


def _to_context(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """A security context, which a null takes away."""
    return None if value is None else _to_object(value, path, translation)


def _to_list(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if value is None:
        return _DROP
    return value if isinstance(value, list) else _refuse(value, path, "an array", translation)


def _to_template(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """An array, or the text of one, which Helm evaluates."""
    if value is None or isinstance(value, str):
        return value
    return _to_objects(value, path, translation)


def _to_objects(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    items = _to_list(value, path, translation)
    if not isinstance(items, list):
        return items
    wrong = [i for i, item in enumerate(items) if not isinstance(item, dict)]
    for i in wrong:
        _refuse(items[i], f"{path}[{i}]", "an object", translation)
    return _DROP if wrong else items


def _to_tolerations(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    tolerations = _to_objects(value, path, translation)
    if not isinstance(tolerations, list):
        return tolerations
    return [
        {
            key: _to_int(item, f"{path}[{i}].{key}", translation)
            if key == "tolerationSeconds"
            else _spell(item)
            for key, item in toleration.items()
            if item is not None
        }
        for i, toleration in enumerate(tolerations)
    ]


def _to_certificates(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return _drop(
            translation,
            path,
            "is an object, and has to be an array, as in [{secretName: chat-tls, hosts:"
            " [chat.example.com]}].",
        )
    items = _to_objects(value, path, translation)
    if isinstance(items, list):
        for i, item in enumerate(items):
            hosts = item.get("hosts") or []
            if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
                _refuse(hosts, f"{path}[{i}].hosts", "an array of host names", translation)
                return _DROP
            name = item.get("secretName") or ""
            if not isinstance(name, str) or placeholder_error(name):
                _refuse(name, f"{path}[{i}].secretName", "the name of a Secret", translation)
                return _DROP
    return items


def _to_strings(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401 - JSON
    """Labels or annotations: an object whose values are strings."""
    strings = _to_object(value, path, translation)
    if not isinstance(strings, dict):
        return strings
    fitted = {}
    for key, item in strings.items():
        if isinstance(item, dict | list):
            below = f"{path}{key_step(key)}"
            _refuse(item, below, "a string", translation)
        elif item is not None:
            fitted[key] = item if isinstance(item, str) else _spell(item)
    changed = [key for key, item in fitted.items() if item != strings[key]]
    if changed:
        translation.notes.append(f"{path}: {', '.join(changed)} are written as strings.")
    return fitted


def _to_secret_reference(value: Any, path: str, translation: Translation) -> Any:  # noqa: ANN401
    reference = _to_object(value, path, translation)
    if not isinstance(reference, dict) or not reference:
        return _DROP
    for key in ("name", "key"):
        if not isinstance(reference.get(key), str) or not reference[key]:
            return _drop(translation, f"{path}.{key}", "is missing. Name the Secret and its key.")
        if placeholder_error(reference[key]):
            return _refuse(reference[key], f"{path}.{key}", "a name", translation)
    return reference


def _spell(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a scalar as the string that it is in YAML; anything else as it is."""
    if isinstance(value, dict | list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse(value: Any, path: str, allowed: str, translation: Translation) -> object:  # noqa: ANN401
    """Adds a refusal that shows the value unless it may be secret."""
    name = re.split(r"[.\[]", path)[-1]
    hidden = is_secret_name(name) or any(find_secrets(value, path, name))
    error = placeholder_error(value) if isinstance(value, str) else ""
    if error == "holds a placeholder":
        shown = "" if hidden else f", {show(value)}"
        return _drop(translation, path, f"{error}{shown}. Give the values with it filled in.")
    if error:
        return _drop(translation, path, f"{error}.")
    kinds = ((dict, "an object"), (list, "an array"), (str, "a string"), (object, "a value"))
    kind = next(name for type_, name in kinds if isinstance(value, type_))
    received = (
        f"{kind}, which isn't shown" if hidden or isinstance(value, dict | list) else show(value)
    )
    return _drop(translation, path, f"got {received}; allowed is {allowed}.")


def _drop(translation: Translation, path: str, message: str) -> object:
    translation.refuse(path, message)
    return _DROP


_STRINGS = (
    *("annotations", "podAnnotations", "serviceAnnotations", "statefulSetAnnotations"),
    *("labels", "podLabels", "deploymentLabels", "commonLabels", "statefulSetPodLabels"),
    "nodeSelector",
)
_BY_NAME: Mapping[str, _Convert] = {
    **dict.fromkeys(_STRINGS, _to_strings),
    **dict.fromkeys(("affinity", "resources"), _to_free_object),
    **dict.fromkeys(("securityContext", "containerSecurityContext"), _to_context),
    **dict.fromkeys(("enabled", "create"), _to_bool),
    **dict.fromkeys(("replicaCount", "replicas", "nodePort", "port", "msPort"), _to_int),
    "tolerations": _to_tolerations,
    "tag": _to_tag,
}
_STRING_PATHS = (
    *("host", "existingMongodbSecret", "externalMongodbUrl", "extraSecret", "nameOverride"),
    *("smtp.host", "smtp.username", "smtp.existingSecret", "ingress.ingressClassName"),
    *("persistence.existingClaim", "persistence.storageClass", "persistence.size"),
    "serviceAccount.name",
)
_BY_PATH: Mapping[str, _Convert] = {
    **dict.fromkeys(_STRING_PATHS, _to_string),
    **dict.fromkeys(("license", "registrationToken", "smtp.password"), _to_password),
    **dict.fromkeys(("imagePullSecrets", "global.imagePullSecrets"), _to_list),
    **dict.fromkeys(("mongodb", "postgresql", "federation"), _to_switch),
    "microservices.nats": _to_object,
    **dict.fromkeys(("extraVolumes", "extraVolumeMounts", "extraInitContainers"), _to_template),
    "extraEnv": _to_anything,
    "image": _to_image,
    "nats.cluster.replicas": _to_int,
    "nats.existingSecret": _to_secret_reference,
    "nats.auth": _to_object,
    "ingress.tls": _to_certificates,
    "minAvailable": _to_budget,
}
"""Types that the chart's defaults don't show, or show wrong."""
