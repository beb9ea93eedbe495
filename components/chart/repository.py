"""A Helm repository: its index, and the packages that the index leads to; or an OCI registry."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import NamedTuple, TypeVar
from urllib.parse import urljoin

import httpx
import pulumi
import yaml

from components.messages import origin, reason_of

MAX_BYTES = 16 * 2**20
"""The limit on the index and on the package; a package of this chart has some 200 KB."""
TIMEOUT = 30.0
"""The seconds in which the index and the package have to arrive."""
CONNECT_TIMEOUT = 5.0
"""The seconds in which each connection has to be made."""
_Answer = TypeVar("_Answer")
_NOT_FOUND = (404, 410)
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads every scalar as a string, so that no date or number is a wrong one."""


class _Package(NamedTuple):
    """What the index says about one package."""

    url: str
    digest: str
    """Its SHA-256; empty where the index doesn't have it."""


class UnreachableError(pulumi.RunError):
    """The repository can't be reached or doesn't answer as a web server does."""


def download(repository: str, version: str) -> bytes:
    """Returns the package of a version of the chart.

    Args:
        repository: The URL that `index.yaml` is below, or `oci://…`.
        version: The version, as the index has it.

    Raises:
        UnreachableError: If the repository doesn't answer in time or not as a web server does.
        pulumi.RunError: If it answers and doesn't have the package.
    """
    fetch = _pull if repository.startswith("oci://") else _download
    return _in_time(fetch, repository, version)


def index_digest(repository: str, version: str) -> str:
    """Returns the SHA-256 of a version's package, as the repository's index has it; "" for none.

    Args:
        repository: The URL that `index.yaml` is below.
        version: The version, as the index has it.

    Raises:
        UnreachableError: If the repository doesn't answer in time or not as a web server does.
        pulumi.RunError: If it answers and doesn't have the version.
    """
    return _in_time(_read_digest, repository, version)


def _in_time(fetch: Callable[[str, str], _Answer], repository: str, version: str) -> _Answer:
    """Returns what `fetch` does, unless it takes too long."""
    result: Future[_Answer] = Future()

    def run() -> None:
        try:
            result.set_result(fetch(repository, version))
        except BaseException as error:  # noqa: BLE001 - raised again below
            result.set_exception(error)

    # In a thread, since no timeout of httpx limits the whole: neither a name that isn't resolved,
    # nor headers that arrive byte by byte, nor one redirect after another.
    Thread(target=run, daemon=True).start()
    try:
        return result.result(TIMEOUT)
    except TimeoutError as error:
        raise UnreachableError(
            f"chart: {origin(repository)} didn't answer in full within {TIMEOUT:g} s. Try again, or"
            " download the package elsewhere and give it by chart.path.",
        ) from error


def _pull(repository: str, version: str) -> bytes:
    # Imported only here: few have their charts in a registry.
    import requests  # noqa: PLC0415 - see above

    from components.chart.oci import pull  # noqa: PLC0415 - see above

    try:
        return pull(repository, version, MAX_BYTES)
    except requests.RequestException as error:
        raise _unreachable(repository, reason_of(error)) from error


def _download(repository: str, version: str) -> bytes:
    def get(client: httpx.Client, package: _Package) -> bytes:
        return _get(client, urljoin(repository.rstrip("/") + "/", package.url))

    return _with_package(repository, version, get)


def _read_digest(repository: str, version: str) -> str:
    return _with_package(repository, version, lambda _, package: package.digest)


def _with_package(
    repository: str, version: str, answer: Callable[[httpx.Client, _Package], _Answer]
) -> _Answer:
    """Returns what `answer` makes of a version's entry in the repository's index."""
    base = repository.rstrip("/") + "/"
    try:
        client = httpx.Client(
            follow_redirects=True,
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT),
            # The digest is that of the package as it was sent.
            headers={"Accept-Encoding": "identity"},
        )
    except (ValueError, ImportError, OSError) as error:
        raise pulumi.RunError(
            f"chart: no connection can be made with the proxy or certificates that the environment"
            f" names ({reason_of(error)}). Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE.",
        ) from error
    try:
        with client:
            packages = _packages(_get(client, urljoin(base, "index.yaml")), base)
            if version not in packages:
                raise pulumi.RunError(
                    f"chart.version: {origin(base)} has no version {version}. Check"
                    " chart.version and chart.repository.",
                )
            return answer(client, packages[version])
    except httpx.HTTPStatusError as error:
        reason = f"{error.response.status_code} {error.response.reason_phrase}"
        if error.response.status_code in _NOT_FOUND:
            raise pulumi.RunError(
                f"chart: {origin(repository)} has no such file ({reason}). Check chart.repository"
                " and chart.version.",
            ) from error
        raise _unreachable(repository, reason) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreachable(repository, reason_of(error)) from error


def _unreachable(repository: str, reason: str) -> UnreachableError:
    return UnreachableError(
        f"chart: {origin(repository)} can't be reached ({reason}). Check the network and the proxy,"
        " or download the package elsewhere and give it by chart.path.",
    )


def _get(client: httpx.Client, url: str) -> bytes:
    content = bytearray()
    with client.stream("GET", url) as response:
        response.raise_for_status()
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > MAX_BYTES:
                raise pulumi.RunError(
                    f"chart: {origin(url)} sends a file larger than {MAX_BYTES >> 20} MiB, which no"
                    " chart is. Check chart.repository.",
                )
    return bytes(content)


def _packages(index: bytes, base: str) -> dict[str, _Package]:
    """The chart's packages in a repository's index, by version."""
    try:
        entries = yaml.load(index, Loader=_LOADER)["entries"]["rocketchat"]  # noqa: S506 - a base loader
        return {
            entry["version"]: _Package(entry["urls"][0], str(entry.get("digest", "")))
            for entry in entries
            if _is_usable(entry)
        }
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, LookupError) as error:
        raise pulumi.RunError(
            f"chart: {origin(base)} has no index of a Helm repository with the chart rocketchat"
            " (a proxy's page, perhaps). Check chart.repository.",
        ) from error


def _is_usable(entry: object) -> bool:
    """Whether an entry of the index names its version and the URL of its package."""
    match entry:
        case {"version": str(), "urls": [str(), *_]}:
            return True
    return False
