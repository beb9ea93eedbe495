"""Helm values -> the mail server."""

from urllib.parse import unquote, urlsplit

from tools.adopt.source import Source
from tools.adopt.translation import Translation
from tools.adopt.variables import Variables, take_reference, take_text

_SCHEMES = {"smtp": 587, "smtps": 465}
_FIELDS = ("host", "port", "username", "password")


def add_mail(source: Source, variables: Variables, translation: Translation) -> None:
    """Adds the mail server that the monolith is configured with, by whatever means."""
    reference = take_reference(variables, "MAIL_URL")
    if reference is not None:
        _add_secret(reference["name"], reference["key"], translation)
        return
    url = take_text(variables, "MAIL_URL", source, translation)
    if url is not None:
        _add_url(url, translation)
    elif source.value("smtp.enabled"):
        _add_fields(source, translation)
    elif any(source.differs(f"smtp.{name}") for name in (*_FIELDS, "existingSecret")):
        translation.notes.append("smtp: is off (smtp.enabled), and left out.")


def _add_fields(source: Source, translation: Translation) -> None:
    existing = source.value("smtp.existingSecret")
    if not existing and source.as_is:
        existing = source.secret_behind("MAIL_URL")
    elif existing:
        beside = [f"smtp.{name}" for name in _FIELDS if source.given(f"smtp.{name}") is not None]
        if beside:
            translation.notes.append(
                f"smtp.existingSecret: the chart takes the whole URL from Secret {existing};"
                f" {', '.join(beside)} had no effect and is left out."
            )
    if existing:
        _add_secret(str(existing), "mail-url", translation)
        return
    host, username, password = (
        str(source.value(f"smtp.{name}") or "") for name in ("host", "username", "password")
    )
    if not host:
        translation.refuse(
            "smtp.host", "is missing. Name the mail server, or set smtp.enabled to false."
        )
        return
    _add_server(host, source.value("smtp.port"), username, password, translation)


def _add_url(url: str, translation: Translation) -> None:
    key = "extraEnv MAIL_URL"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        translation.refuse(key, "isn't a URL, such as smtp://mail.example.com:587.")
        return
    if parts.scheme not in _SCHEMES or not parts.hostname:
        translation.refuse(key, "isn't a URL that begins with smtp:// or smtps://.")
        return
    port = port or _SCHEMES[parts.scheme]
    if (parts.scheme == "smtps") != (port == _SCHEMES["smtps"]):
        translation.notes.append(
            f"{key}: {parts.scheme} on port {port} becomes what the port is for, which is TLS from"
            " the start on 465 only. Check that mail still goes out."
        )
    if parts.query:
        translation.notes.append(f"{key}: what follows the ? has no input, and is left out.")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    _add_server(parts.hostname, port, username, password, translation)


def _add_server(
    host: str, port: object, username: str, password: str, translation: Translation
) -> None:
    translation.set_input("smtp", {"host": host})
    if port is not None:
        translation.set_input("smtp.port", port)
    if username:
        translation.set_input("smtp.username", username)
    if username and password:
        translation.set_input("smtp_password", password)
    elif password:
        translation.refuse("smtp.username", "is missing, and smtp.password is given. Give both.")


def _add_secret(name: str, key: str, translation: Translation) -> None:
    translation.set_input("smtp", {"existingSecret": name})
    if key != "mail-url":
        translation.set_input("smtp.existing_secret_key", key)
