"""Connections by the official client, which can log in to every cluster.

Importing it takes longer than most that is done with it; `connection.py` does without where it can.
"""

import os
from collections.abc import Mapping
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from components.kube.connection import LOOPBACK, Response, innermost_reason, is_content

_load: Any = config  # its functions have no types


class KubeconfigError(Exception):
    """What is wrong with a kubeconfig."""


class OfficialConnection:
    """Requests by the official client."""

    def __init__(self, api_client: Any) -> None:  # noqa: ANN401 - an ApiClient, which has no types
        self._client = api_client

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._client.configuration.host)

    def request(
        self, method: str, path: str, body: object, headers: Mapping[str, str], seconds: float
    ) -> Response:
        """Sends one request; otherwise as `Connection.request`."""
        try:
            call = self._client.param_serialize(
                method,
                path,
                header_params=dict(headers),
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = self._client.call_api(*call, _request_timeout=seconds)
            return Response(answer.status, str(answer.reason), answer.read())
        except ApiException as error:
            if not error.status:
                raise ConnectionError(error.reason) from error
            content = error.body or b""
            content = content.encode() if isinstance(content, str) else content
            return Response(error.status, str(error.reason), content)
        except (HTTPError, config.ConfigException) as error:
            raise ConnectionError(innermost_reason(error)) from error

    def close(self) -> None:
        """Closes what is open."""
        self._client.close()


def official_connection(context: str | None, kubeconfig: str | None) -> OfficialConnection:
    """Returns a connection to the cluster that a kubeconfig's context names.

    Args:
        context: The name of a context; the current one by default.
        kubeconfig: The path or the content of a file; kubectl's own files by default.

    Raises:
        KubeconfigError: If there is no such context.
    """
    settings = _settings()
    try:
        if kubeconfig is not None and is_content(kubeconfig):
            _load.load_kube_config_from_dict(yaml.safe_load(kubeconfig), context, settings)
        else:
            # The client reads KUBECONFIG only once, when it is imported.
            file = kubeconfig or os.environ.get("KUBECONFIG")
            _load.load_kube_config(file, context, settings)
        return OfficialConnection(client.ApiClient(settings))
    except yaml.YAMLError:
        raise KubeconfigError("the kubeconfig isn't YAML.") from None
    except (AttributeError, TypeError):
        # The client assumes an object and doesn't check.
        raise KubeconfigError("the kubeconfig isn't an object with contexts.") from None
    except (config.ConfigException, OSError) as error:
        name = f"context {context}" if context else "the current context"
        raise KubeconfigError(
            f"the kubeconfig has no cluster for {name} ({innermost_reason(error)}). Set"
            " KUBECONFIG, or choose a context with --context.",
        ) from None


def in_cluster_connection() -> OfficialConnection:
    """Returns a connection to the cluster in whose pod this process runs.

    Raises:
        KubeconfigError: If it doesn't run in a pod, or the pod has no token.
    """
    settings = _settings()
    try:
        _load.load_incluster_config(settings)
    except (config.ConfigException, OSError) as error:
        raise KubeconfigError(f"the pod has no access ({innermost_reason(error)})") from None
    return OfficialConnection(client.ApiClient(settings))


def _settings() -> Any:  # noqa: ANN401 - the client has no types
    # A client reads its retries when it is made. The default would wait four times as long.
    settings: Any = client.Configuration()
    settings.retries = False
    settings.no_proxy = ",".join(filter(None, (settings.no_proxy, *LOOPBACK)))
    return settings
