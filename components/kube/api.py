"""Calls to the Kubernetes API with paths and plain JSON."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Self
from urllib.parse import urlencode

from components.kube.connection import Connection, direct_connection, innermost_reason

TIMEOUT_SECONDS = 15.0
UNREACHABLE = 0
"""The status of a call that no server answered."""


MERGE_PATCH = "application/merge-patch+json"
"""The content type of a patch that replaces fields."""


class ApiError(Exception):
    """A call that failed: `status` is HTTP's, or `UNREACHABLE`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Calls to one cluster; close it, or use it in a `with`.

    The official client's typed methods validate every field in both directions, which makes them
    slow and strict about versions. Nothing here needs that.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._connection.server

    def get(
        self, path: str, query: Mapping[str, str] | None = None, seconds: float = TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        """Returns the object or the list at `path`.

        Raises:
            ApiError: If the call fails.
        """
        return self.send("GET", path, query=query, seconds=seconds)

    def items(
        self, path: str, selector: str = "", seconds: float = TIMEOUT_SECONDS
    ) -> list[dict[str, Any]]:
        """Returns the items of the list at `path`; only those that a label selector matches.

        Raises:
            ApiError: If the call fails.
        """
        query = {"labelSelector": selector} if selector else None
        return list(self.get(path, query, seconds).get("items") or [])

    def text(self, path: str, query: Mapping[str, str], seconds: float = TIMEOUT_SECONDS) -> str:
        """Returns the plain text at `path`, such as a container's log.

        Raises:
            ApiError: If the call fails.
        """
        content = self._read("GET", _target(path, query), None, {"Accept": "*/*"}, seconds)
        return content.decode(errors="replace")

    def find(self, path: str) -> dict[str, Any] | None:
        """Returns the object at `path`, or None if there is none.

        Raises:
            ApiError: If the call fails for another reason.
        """
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def send(  # noqa: PLR0913 - a call has that many parts
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        seconds: float = TIMEOUT_SECONDS,
    ) -> dict[str, Any]:
        """Sends one request and returns the response's JSON object.

        Args:
            method: The HTTP method.
            path: The path on the API server.
            body: An object to send as JSON.
            query: Parameters of the query string.
            content_type: The media type of `body`.
            accept: The media type of the response, a kind of JSON.
            seconds: The timeout.

        Raises:
            ApiError: If the call fails, or the response isn't a JSON object.
        """
        headers = {"Accept": accept, "Content-Type": content_type}
        content = self._read(method, _target(path, query), body, headers, seconds)
        try:
            answer = json.loads(content)
        except ValueError:
            raise ApiError(HTTPStatus.OK, "the response isn't JSON") from None
        if not isinstance(answer, dict):
            raise ApiError(HTTPStatus.OK, "the response isn't a JSON object")
        return answer

    def _read(
        self, method: str, target: str, body: object, headers: Mapping[str, str], seconds: float
    ) -> bytes:
        """Sends one request and returns the response's content."""
        try:
            response = self._connection.request(method, target, body, headers, seconds)
        except (OSError, HTTPException) as error:
            raise ApiError(UNREACHABLE, innermost_reason(error)) from None
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(response.status, _error_message(response.content, response.reason))
        return response.content


def connect(context: str | None = None, kubeconfig: str | None = None) -> Api:
    """Returns the API of the cluster that a kubeconfig's context names.

    Args:
        context: The name of a context; the current one by default.
        kubeconfig: The path or the content of a file; kubectl's own files by default.

    Raises:
        ApiError: If there is no such context.
    """
    connection: Connection | None = direct_connection(context, kubeconfig)
    if connection is None:
        # Imported only here, as it takes half a second.
        from components.kube.official_client import (  # noqa: PLC0415
            KubeconfigError,
            official_connection,
        )

        try:
            connection = official_connection(context, kubeconfig)
        except KubeconfigError as error:
            raise ApiError(UNREACHABLE, str(error)) from None
    return Api(connection)


def connect_in_cluster() -> Api:
    """Returns the API of the cluster in whose pod this process runs.

    Raises:
        ApiError: If it doesn't run in a pod, or the pod has no token.
    """
    from components.kube.official_client import (  # noqa: PLC0415 - as above
        KubeconfigError,
        in_cluster_connection,
    )

    try:
        return Api(in_cluster_connection())
    except KubeconfigError as error:
        raise ApiError(UNREACHABLE, str(error)) from None


def _target(path: str, query: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _error_message(body: str | bytes | None, reason: str | None) -> str:
    """The message of the Status object with which the API server reports an error."""
    try:
        return str(json.loads(body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(reason or "no reason given")
