"""A Helm repository: an index, and packages that it leads to."""

from concurrent.futures import Future
from threading import Thread
from typing import Any
from urllib.parse import urljoin

import httpx
import pulumi
import yaml

from components.messages import origin, reason_of

MOST_BYTES = 16 * 2**20
"""More than this is no package of this chart, which has some 200 KB."""
GONE = (404, 410)
"""Answers of a repository that hasn't got what was asked for."""
MOST_NODES = 500_000
"""More than this is no index of charts; in memory each takes some hundred times its text."""
TIMEOUT = 30.0
"""Seconds in which the index and the package have to arrive, whatever holds them up."""


class UnreachableError(pulumi.RunError):
    """The repository can't be reached, whatever it holds."""


def download(repository: str, version: str) -> bytes:
    """The package of one version, as the repository's index leads to it.

    Raises `UnreachableError` where the repository doesn't answer in time, and a plain
    `pulumi.RunError` where it does and hasn't got the package.
    """
    answer: Future[bytes] = Future()

    def ask() -> None:
        try:
            answer.set_result(_ask(repository, version))
        except BaseException as error:  # noqa: BLE001 - raised again below
            answer.set_exception(error)

    # No timeout of a socket ends a name that isn't resolved, a head that comes byte by byte, or
    # redirect upon redirect.
    Thread(target=ask, daemon=True).start()
    try:
        return answer.result(TIMEOUT)
    except TimeoutError as error:
        raise UnreachableError(
            f"chart: {origin(repository)} didn't answer in full within {TIMEOUT:g} s. Try again, or"
            " download the package elsewhere and give it by chart.path.",
        ) from error


def _ask(repository: str, version: str) -> bytes:
    base = repository.rstrip("/") + "/"
    try:
        # As Helm asks. What nobody unpacks can't be a bomb, and the digest is of what was sent.
        headers = {"Accept-Encoding": "identity"}
        timeout = httpx.Timeout(None, connect=5)
        client = httpx.Client(follow_redirects=True, timeout=timeout, headers=headers)
    except (ValueError, ImportError, OSError) as error:
        raise pulumi.RunError(
            f"chart: no connection can be made with the proxy or certificates that the environment"
            f" names ({reason_of(error)}). Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.",
        ) from error
    try:
        with client:
            index = _index(_get(client, urljoin(base, "index.yaml")), base)
            if version not in index:
                raise pulumi.RunError(
                    f"chart.version: {origin(base)} has no version {version}. Check"
                    " chart.version and chart.repository.",
                )
            return _get(client, urljoin(base, index[version]))
    except httpx.HTTPStatusError as error:
        reason = f"{error.response.status_code} {error.response.reason_phrase}"
        if error.response.status_code in GONE:
            raise pulumi.RunError(
                f"chart: {origin(repository)} has no such file ({reason}). Check chart.repository"
                " and chart.version.",
            ) from error
        raise _unreachable(repository, reason) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreachable(repository, reason_of(error)) from error


def _unreachable(repository: str, reason: str) -> UnreachableError:
    return UnreachableError(
        f"chart: {origin(repository)} can't be reached ({reason}). Check the"
        " network and the proxy, or download the package elsewhere and give it by chart.path.",
    )


def _get(client: httpx.Client, url: str) -> bytes:
    content = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            content += piece
            if len(content) > MOST_BYTES:
                raise pulumi.RunError(
                    f"chart: {origin(url)} is larger than {MOST_BYTES >> 20} MiB, and so no"
                    " chart. Check chart.repository.",
                )
    return bytes(content)


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # either has no types
    """Takes everything as text, and so stumbles over no date or number; gives up on a bomb."""

    nodes = 0

    def descend_resolver(self, parent: Any, index: Any) -> None:  # noqa: ANN401 - PyYAML's own
        """Called for each node."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise yaml.YAMLError("too much")
        super().descend_resolver(parent, index)


def _index(content: bytes, base: str) -> dict[str, str]:
    """The packages of the chart in a Helm repository's index: version -> URL."""
    try:
        entries = yaml.load(content, Loader=_Loader)["entries"]["rocketchat"]  # noqa: S506 - a base loader
        return {entry["version"]: entry["urls"][0] for entry in entries if _is_whole(entry)}
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, LookupError) as error:
        raise pulumi.RunError(
            f"chart: {origin(base)} has no index of a Helm repository with the chart rocketchat"
            " (a proxy's page, perhaps). Check chart.repository.",
        ) from error


def _is_whole(entry: object) -> bool:
    """Whether an entry of the index says which version it is, and where that is."""
    if not isinstance(entry, dict) or not isinstance(entry.get("version"), str):
        return False
    urls = entry.get("urls")
    return isinstance(urls, list) and bool(urls) and isinstance(urls[0], str)
