"""The Kubernetes API as paths and plain JSON, through the official client."""

import json
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Self

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

_made: Any = config  # has no types
SECONDS = 15.0
"""How long one call may take."""

UNREACHABLE = 0
"""The status of a call that no server answered."""


class ApiError(Exception):
    """A call that failed: `status` is HTTP's, or `UNREACHABLE`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Calls on one cluster; close it, or use it in a `with`.

    The client's typed methods check every field that comes and goes, which makes them slow and
    particular about versions; nothing here needs that.
    """

    def __init__(self, calls: Any) -> None:  # noqa: ANN401 - an ApiClient, which has no types
        self._calls = calls

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._calls.close()

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._calls.configuration.host)

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object or list at `path`. Raises `ApiError`."""
        return self.send("GET", path, query=query)

    def items(self, path: str, selector: str = "") -> list[dict[str, Any]]:
        """The items of the list at `path`, those with the labels that `selector` asks for."""
        found = self.get(path, {"labelSelector": selector} if selector else None).get("items", [])
        return list(found)

    def find(self, path: str) -> dict[str, Any] | None:
        """The object at `path`, or None where there is none."""
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
        kind: str = "application/json",
        seconds: float = SECONDS,
    ) -> dict[str, Any]:
        """Does one call and returns what came as JSON. `kind` is the media type of `body`."""
        try:
            call = self._calls.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": "application/json", "Content-Type": kind},
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = self._calls.call_api(*call, _request_timeout=seconds)
            content = answer.read()
        except ApiException as error:
            raise ApiError(error.status or UNREACHABLE, _words(error.body, error.reason)) from None
        except (HTTPError, OSError, config.ConfigException) as error:
            raise ApiError(UNREACHABLE, _reason(error)) from None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise ApiError(answer.status, _words(content, answer.reason))
        try:
            came = json.loads(content)
        except ValueError:
            raise ApiError(answer.status, "what came isn't JSON") from None
        if not isinstance(came, dict):
            raise ApiError(answer.status, "what came isn't a JSON object")
        return came


def connect(context: str | None = None, kubeconfig: str | None = None) -> Api:
    """The cluster of a context of the person's kubeconfig, or of the file or text `kubeconfig`.

    Raises `ApiError` where there is no such context.
    """
    # A client takes its retries when it is made, and by default waits four times as long.
    settings: Any = client.Configuration()
    settings.retries = False
    # As kubectl: no proxy leads to this machine.
    settings.no_proxy = ",".join(filter(None, (settings.no_proxy, "127.0.0.1", "localhost", "::1")))
    try:
        # As text it is YAML, or JSON in a single line.
        if kubeconfig is not None and ("\n" in kubeconfig or kubeconfig.lstrip().startswith("{")):
            _made.load_kube_config_from_dict(yaml.safe_load(kubeconfig), context, settings)
        else:
            # The client looks at KUBECONFIG when it is imported, and never again.
            file = kubeconfig or os.environ.get("KUBECONFIG")
            _made.load_kube_config(file, context, settings)
        return Api(client.ApiClient(settings))
    except yaml.YAMLError:
        raise ApiError(UNREACHABLE, "the kubeconfig isn't YAML.") from None
    except (AttributeError, TypeError):
        # The client assumes an object and doesn't check.
        raise ApiError(UNREACHABLE, "the kubeconfig isn't an object with contexts.") from None
    except (config.ConfigException, OSError) as error:
        where = f"context {context}" if context else "the current context"
        raise ApiError(
            UNREACHABLE,
            f"the kubeconfig gives no cluster for {where} ({_reason(error)}). Set KUBECONFIG, or"
            " name a context by --context.",
        ) from None


def _words(body: str | bytes | None, reason: str | None) -> str:
    """What the API server says in words: it answers errors with a Status object."""
    try:
        said = json.loads(body or "")
        return str(said["message"])
    except (ValueError, KeyError, TypeError):
        return str(reason or "no reason given")


def _reason(error: BaseException) -> str:
    """The innermost reason of a failed connection, in one line."""
    inner: Any = getattr(error, "reason", None)
    text = str(inner if isinstance(inner, Exception) else error)
    return text.rsplit(": ", 1)[-1].splitlines()[0] if text else type(error).__name__
