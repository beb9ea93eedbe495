"""Helm values -> where the workspace is: its host, its public URL, and its certificates."""

import re
from urllib.parse import urlsplit

from components.kube.names import is_host
from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.value_types import placeholder_error
from tools.adopt.variables import Variables, take_text

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_WILDCARD_PATHS = ("/*", "/?(.*)", "/()(.*)")
"""Older ways of ingress controllers to say every path."""


def refuse_names(source: Source, translation: Translation) -> None:
    """Refuses objects of other names, by which the program wouldn't find them."""
    if source.value("nameOverride"):
        translation.refuse(
            "nameOverride",
            "gives objects names by which the program doesn't find them. Leave such a workspace"
            " with Helm, or install a second one without it and move its database over.",
        )


def add_address(source: Source, variables: Variables, translation: Translation) -> None:
    """Adds the host, and the public URL where it isn't `https://` and the host."""
    root_url = take_text(variables, "ROOT_URL", source, translation)
    given = str(source.value("host") or "").strip()
    if not given and root_url is None:
        remedy = "with `helm upgrade --reuse-values --set host=…` first; that restarts its pods"
        translation.refuse(
            "host",
            "is missing, and Rocket.Chat can't tell people where it is. Give it by --host, or set"
            f" it {remedy if source.is_running else 'there'}.",
        )
        return
    key = "extraEnv ROOT_URL" if root_url is not None else "host"
    # Some write the whole address there, and the chart puts https:// before it.
    host = _host_of(given or str(root_url))
    if not is_host(host):
        _refuse_host("host" if given else key, given or str(root_url), translation)
        return
    translation.set_input("host", host)
    url = _public_url(root_url or given, "host" if root_url is None else key, translation)
    if url and url != f"https://{host}":
        translation.set_input("root_url", url)
    _add_paths(source, translation)
    _add_annotations(source, translation)


def _host_of(text: str) -> str:
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        return (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""


def _refuse_host(key: str, text: str, translation: Translation) -> None:
    error = placeholder_error(text)
    host = _host_of(text)
    if error:
        message = f"{error}. Give the host name that people open, such as chat.example.com."
    elif re.fullmatch(r"[\d.]+|.*:.*", host):
        message = "is an address, and an Ingress takes a name. Give a host name for it."
    elif "*" in text:
        message = "is a wildcard. Give the one host name that people open."
    else:
        message = "isn't a host name, such as chat.example.com."
    translation.refuse(key, message)


def _public_url(text: str, key: str, translation: Translation) -> str:
    """Returns the URL that `text` means, without what Rocket.Chat doesn't need; "" for none."""
    if not text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        translation.refuse(key, "isn't a URL, such as https://chat.example.com.")
        return ""
    if parts.path.strip("/"):
        translation.refuse(
            key,
            f"has the path {parts.path}, and the Ingress leads / to Rocket.Chat. Give the workspace"
            " a host name of its own.",
        )
        return ""
    scheme = parts.scheme.lower()
    shown = f":{port}" if port and port != {"https": 443, "http": 80}.get(scheme) else ""
    return f"{scheme}://{(parts.hostname or '').rstrip('.')}{shown}"


def _add_paths(source: Source, translation: Translation) -> None:
    path = source.value("ingress.path")
    if path in (None, "", "/"):
        return
    if path in _WILDCARD_PATHS:
        translation.notes.append(
            f"ingress.path: {path} means every path, as / of the type Prefix does, which is used."
        )
        translation.handled += ["ingress.path", "ingress.pathType"]
    elif source.value("ingress.enabled"):
        translation.refuse(
            "ingress.path",
            f"{path} leads only a part of the paths to Rocket.Chat, and people's clients need all."
            " Remove it, and give the workspace a host name of its own.",
        )


def _add_annotations(source: Source, translation: Translation) -> None:
    """Leaves out the older way to name the ingress class where the newer one is used, too."""
    annotations = source.value("ingress.annotations") or {}
    name = source.value("ingress.ingressClassName")
    if name and _CLASS_ANNOTATION in annotations:
        translation.notes.append(
            f"ingress.annotations: {_CLASS_ANNOTATION} is left out, as Kubernetes takes it or"
            f" ingressClassName, which is {name}."
        )
        rest = {key: text for key, text in annotations.items() if key != _CLASS_ANNOTATION}
        translation.set_input("ingress.annotations", rest or None)
