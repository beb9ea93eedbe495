"""Requests to a cluster's API server, over connections that stay open between requests.

The official client can log in to every cluster, and takes longer to import than a preview of all
objects takes. Most kubeconfigs only name certificates or a token, for which the standard library
is enough.
"""

import base64
import json
import os
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from select import select
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import yaml

from components.fast_yaml import load_yaml

_CLUSTER_FIELDS = {
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
}
_USER_FIELDS = {
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names of this machine. As in kubectl, connections to them use no proxy."""


class Response(NamedTuple):
    """What the API server answers."""

    status: int
    reason: str
    content: bytes


class Connection(Protocol):
    """A way to send requests to one API server. It can be used by several threads."""

    @property
    def server(self) -> str:
        """The API server's URL."""

    def request(
        self, method: str, path: str, body: object, headers: Mapping[str, str], seconds: float
    ) -> Response:
        """Sends one request.

        Args:
            method: The HTTP method.
            path: The path on the API server, with the query string.
            body: An object to send as JSON; None for no body.
            headers: The headers that belong to this request.
            seconds: How long the server can take to accept the connection, and to send each part.

        Raises:
            OSError: If the server doesn't answer.
            HTTPException: If its answer isn't HTTP.
        """

    def close(self) -> None:
        """Closes what is open."""


class DirectConnection:
    """Requests with a client certificate, or with fixed headers."""

    def __init__(
        self,
        server: str,
        tls: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._url = urlsplit(server)
        self._tls = tls
        self._headers = dict(headers or {})
        self._idle: list[HTTPConnection] = []
        self._lock = Lock()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._url.geturl()

    def request(
        self, method: str, path: str, body: object, headers: Mapping[str, str], seconds: float
    ) -> Response:
        """Sends one request; otherwise as `Connection.request`."""
        content = None if body is None else json.dumps(body)
        connection = self._take()
        if connection is not None:
            try:
                return self._send(connection, method, path, content, headers, seconds)
            except ConnectionError:
                # The server may have closed it just now. What only reads can be sent again.
                if method != "GET":
                    raise
        return self._send(self._open(), method, path, content, headers, seconds)

    def close(self) -> None:
        """Closes the connections that no request uses."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _send(  # noqa: PLR0913, PLR0917 - a request has that many parts
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        content: str | None,
        headers: Mapping[str, str],
        seconds: float,
    ) -> Response:
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        try:
            target = self._url.path.rstrip("/") + path
            connection.request(method, target, content, {**self._headers, **headers})
            answer = connection.getresponse()
            response = Response(answer.status, answer.reason, answer.read())
        except (OSError, HTTPException):
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return response

    def _take(self) -> HTTPConnection | None:
        """An idle connection; None if there is none, or the server has closed all of them."""
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                # The server sends nothing more, except that it has closed the connection.
                if connection.sock and not select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()
        return None

    def _open(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return HTTPSConnection(host, port, context=self._tls)
        return HTTPConnection(host, port)


def direct_connection(context: str | None, kubeconfig: str | None) -> DirectConnection | None:
    """Returns a connection to the cluster that a kubeconfig's context names.

    Args:
        context: The name of a context; the current one by default.
        kubeconfig: The path or the content of a file; kubectl's own file by default.

    Returns:
        The connection; None where the official client is needed, be it for a proxy, a plugin that
        logs in, several files, or to say what is wrong with the kubeconfig.
    """
    try:
        config, folder = _load(kubeconfig)
        name = context or config["current-context"]
        chosen = _named(config["contexts"], name)["context"]
        cluster = _named(config["clusters"], chosen["cluster"])["cluster"]
        user = _named(config["users"], chosen["user"])["user"]
        server = str(cluster["server"])
        if set(cluster) - _CLUSTER_FIELDS or set(user) - _USER_FIELDS or _uses_proxy(server):
            return None
        headers = {"Authorization": f"Bearer {user['token']}"} if user.get("token") else {}
        return DirectConnection(server, _tls(cluster, user, folder), headers)
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError, OSError):
        return None


def is_content(kubeconfig: str) -> bool:
    """Returns whether a kubeconfig is given by its content: YAML, or JSON in a single line."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")


def innermost_reason(error: BaseException) -> str:
    """Returns the cause of a failed connection, in one line."""
    inner: Any = getattr(error, "reason", None)
    text = str(inner if isinstance(inner, Exception) else error)
    return text.rsplit(": ", 1)[-1].splitlines()[0] if text else type(error).__name__


def _load(kubeconfig: str | None) -> tuple[Any, Path]:
    """The content of a kubeconfig, and the folder that its paths are relative to."""
    if kubeconfig is not None and is_content(kubeconfig):
        return load_yaml(kubeconfig), Path()
    file = Path(kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config").expanduser()
    return load_yaml(file.read_text(encoding="utf-8")), file.parent


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next((entry for entry in entries if entry["name"] == name), {})


def _uses_proxy(server: str) -> bool:
    url = urlsplit(server)
    host = url.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return False
    proxies = getproxies()
    return url.scheme in proxies or "all" in proxies


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = cluster.get("certificate-authority-data")
    file = cluster.get("certificate-authority")
    tls = ssl.create_default_context(
        cafile=str(folder / file) if file and not authority else None,
        cadata=base64.b64decode(authority).decode() if authority else None,
    )
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    certificate = _pem(user, "client-certificate", folder)
    if certificate:
        # The standard library reads a key from a file only.
        with NamedTemporaryFile() as pem:
            pem.write(certificate + b"\n" + _pem(user, "client-key", folder))
            pem.flush()
            tls.load_cert_chain(pem.name)
    return tls


def _pem(user: Mapping[str, Any], name: str, folder: Path) -> bytes:
    """A certificate or a key; empty where the user has none."""
    if data := user.get(f"{name}-data"):
        return base64.b64decode(data)
    return (folder / user[name]).read_bytes() if user.get(name) else b""
