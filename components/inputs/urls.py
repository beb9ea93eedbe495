"""URLs of MongoDB, NATS and the mail server, as Rocket.Chat and its libraries read them.

They hold passwords, so no message shows any part of one.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv6Address
from urllib.parse import quote, quote_plus

_NATS_SCHEME = "nats://"
_NATS_LOGIN = re.compile(r"[A-Za-z0-9._~-]+:[A-Za-z0-9._~-]+")
_HOST_AND_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?")
_MONGODB = re.compile(r"mongodb(\+srv)?://[^\s\x00-\x1f\x7f]+")
_SMTPS_PORT = 465
"""The port on which mail servers speak TLS from the first byte on (RFC 8314)."""


def nats_url_error(url: str) -> str:
    """Returns what is wrong with NATS's URL, or "".

    Rocket.Chat's NATS client doesn't decode `%XX`, takes a user and a password only together, uses
    the first that it finds for every server, and ends where it finds another scheme than `nats`.
    """
    if url.startswith("tls://"):
        return (
            "begins with tls://, with which Rocket.Chat ends at its start. Write nats://: the"
            " connection uses TLS where the server asks for it."
        )
    if not url.startswith(_NATS_SCHEME) or re.search(r"[\s\x00-\x1f\x7f]", url):
        return (
            "isn't a URL that begins with nats:// (never monolith+) and has no spaces; it isn't"
            " shown here. Check it."
        )
    logins = set()
    for server in url.split(","):
        login, at, host = server.removeprefix(_NATS_SCHEME).rpartition("@")
        if at and not _NATS_LOGIN.fullmatch(login):
            return (
                "has a login that Rocket.Chat can't use. It takes a user and a password, as in"
                " user:password@, of letters, digits and -._~ only: it doesn't decode %XX, and"
                " takes no token."
            )
        if not _HOST_AND_PORT.fullmatch(host):
            return (
                "names a server that isn't host:port. Check it; several servers are separated by"
                " commas, and a user and password take letters, digits and -._~ only."
            )
        logins |= {login} if at else set()
    if len(logins) > 1:
        return (
            "has several users or passwords. Rocket.Chat uses the first for every server: give all"
            " servers the same ones."
        )
    return ""


def mongodb_url_error(url: str) -> str:
    """Returns what is wrong with MongoDB's URL, or ""."""
    if _MONGODB.fullmatch(url):
        return ""
    return (
        "isn't a URL that begins with mongodb:// or mongodb+srv:// and has no spaces; it isn't"
        " shown here. Check it, and write special characters in its user name and password as %XX."
    )


def mongodb_database_warning(url: str) -> str:
    """Returns what is unusual about the database that MongoDB's URL names, or ""."""
    _, _, rest = url.partition("://")
    database = rest.partition("?")[0].rpartition("@")[2].partition("/")[2]
    if not database:
        return (
            "names no database, so that Rocket.Chat uses `test`. Write one after the servers, as in"
            " …:27017/rocketchat?…; leave it where `test` holds the workspace's data."
        )
    if database == "admin":
        return (
            "names the database `admin`, which is MongoDB's own. Write another, as in"
            " …:27017/rocketchat?authSource=admin&…; leave it where `admin` holds the workspace's"
            " data."
        )
    return ""


def mongodb_options_suffix(options: Mapping[str, str]) -> str:
    """Returns the options as MongoDB's URL has them, joined by `&`."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in options.items())


def with_mongodb_options(url: str, options: Mapping[str, str]) -> str:
    """Returns MongoDB's URL with further options."""
    if not options:
        return url
    suffix = mongodb_options_suffix(options)
    if "?" in url:
        return f"{url}{'' if url.endswith(('?', '&')) else '&'}{suffix}"
    _, _, rest = url.partition("://")
    # Options follow the path, which a URL without a database lacks.
    return f"{url}{'' if '/' in rest.rpartition('@')[2] else '/'}?{suffix}"


def mail_url(host: str, port: int, username: str | None, password: str | None) -> str:
    """Returns a mail server's URL: with TLS from the start on port 465, with STARTTLS on others."""
    scheme = "smtps" if port == _SMTPS_PORT else "smtp"
    login = ""
    if username is not None:
        login = quote(username, safe="")
        login += "" if password is None else f":{quote(password, safe='')}"
        login += "@"
    address = f"[{host}]" if is_ipv6(host) else host
    return f"{scheme}://{login}{address}:{port}"


def is_ipv6(host: str) -> bool:
    """Whether it is an IPv6 address without brackets."""
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True
