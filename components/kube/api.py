"""Calls to the Kubernetes API with paths and plain JSON, through the official client."""

import json
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

TIMEOUT_SECONDS = 15.0
UNREACHABLE = 0
"""The status of a call that no server answered."""
_load: Any = config  # its functions have no types


class ApiError(Exception):
    """A call that failed: `status` is HTTP's, or `UNREACHABLE`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Calls to one cluster; close it, or use it in a `with`.

    The client's typed methods validate every field in both directions, which makes them slow and
    strict about versions. Nothing here needs that.
    """

    def __init__(self, api_client: Any) -> None:  # noqa: ANN401 - an ApiClient, which has no types
        self._client = api_client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._client.configuration.host)

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
        return list(self.get(path, query, seconds).get("items", []))

    def text(self, path: str, query: Mapping[str, str], seconds: float = TIMEOUT_SECONDS) -> str:
        """Returns the plain text at `path`, such as a container's log.

        Raises:
            ApiError: If the call fails.
        """
        content = self._read("GET", path, query=query, seconds=seconds, accept="*/*")
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
        content = self._read(
            method,
            path,
            body,
            query=query,
            content_type=content_type,
            accept=accept,
            seconds=seconds,
        )
        try:
            answer = json.loads(content)
        except ValueError:
            raise ApiError(HTTPStatus.OK, "the response isn't JSON") from None
        if not isinstance(answer, dict):
            raise ApiError(HTTPStatus.OK, "the response isn't a JSON object")
        return answer

    def _read(  # noqa: PLR0913 - a call has that many parts
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        seconds: float,
    ) -> bytes:
        """Sends one request and returns the response's content."""
        try:
            call = self._client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": accept, "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            response = self._client.call_api(*call, _request_timeout=seconds)
            content: bytes = response.read()
        except ApiException as error:
            message = _error_message(error.body, error.reason)
            raise ApiError(error.status or UNREACHABLE, message) from None
        except (HTTPError, OSError, config.ConfigException) as error:
            raise ApiError(UNREACHABLE, _innermost_reason(error)) from None
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(response.status, _error_message(content, response.reason))
        return content


def connect(context: str | None = None, kubeconfig: str | None = None) -> Api:
    """Returns the API of the cluster that a kubeconfig's context names.

    Args:
        context: The name of a context; the current one by default.
        kubeconfig: The path or the content of a file; kubectl's own files by default.

    Raises:
        ApiError: If there is no such context.
    """
    settings = _settings()
    try:
        # Content is YAML, or JSON in a single line.
        if kubeconfig is not None and ("\n" in kubeconfig or kubeconfig.lstrip().startswith("{")):
            _load.load_kube_config_from_dict(yaml.safe_load(kubeconfig), context, settings)
        else:
            # The client reads KUBECONFIG only once, when it is imported.
            file = kubeconfig or os.environ.get("KUBECONFIG")
            _load.load_kube_config(file, context, settings)
        return Api(client.ApiClient(settings))
    except yaml.YAMLError:
        raise ApiError(UNREACHABLE, "the kubeconfig isn't YAML.") from None
    except (AttributeError, TypeError):
        # The client assumes an object and doesn't check.
        raise ApiError(UNREACHABLE, "the kubeconfig isn't an object with contexts.") from None
    except (config.ConfigException, OSError) as error:
        name = f"context {context}" if context else "the current context"
        raise ApiError(
            UNREACHABLE,
            f"the kubeconfig has no cluster for {name} ({_innermost_reason(error)}). Set"
            " KUBECONFIG, or choose a context with --context.",
        ) from None


def connect_in_cluster() -> Api:
    """Returns the API of the cluster in whose pod this process runs.

    Raises:
        ApiError: If it doesn't run in a pod, or the pod has no token.
    """
    settings = _settings()
    try:
        _load.load_incluster_config(settings)
    except (config.ConfigException, OSError) as error:
        raise ApiError(UNREACHABLE, f"the pod has no access ({_innermost_reason(error)})") from None
    return Api(client.ApiClient(settings))


def _settings() -> Any:  # noqa: ANN401 - the client has no types
    # A client reads its retries when it is made. The default would wait four times as long.
    settings: Any = client.Configuration()
    settings.retries = False
    # As in kubectl, connections to this machine use no proxy.
    settings.no_proxy = ",".join(filter(None, (settings.no_proxy, "127.0.0.1", "localhost", "::1")))
    return settings


def _error_message(body: str | bytes | None, reason: str | None) -> str:
    """The message of the Status object with which the API server reports an error."""
    try:
        return str(json.loads(body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(reason or "no reason given")


def _innermost_reason(error: BaseException) -> str:
    """The cause of a failed connection, in one line."""
    inner: Any = getattr(error, "reason", None)
    text = str(inner if isinstance(inner, Exception) else error)
    return text.rsplit(": ", 1)[-1].splitlines()[0] if text else type(error).__name__
