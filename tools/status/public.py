"""Checks whether the public addresses answer, from the machine that this runs on."""

import base64
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx

from tools.status.report import Address

TIMEOUT_SECONDS = 5.0
INFO_PATH = "/api/info"
"""Where Rocket.Chat publishes its version, without authentication."""


def check_addresses(urls: Iterable[str], override: str | None = None) -> list[Address]:
    """Returns whether each of `urls` answers; requests go to the host of `override`, if given."""
    urls = list(urls)
    if not urls:
        return []
    with ThreadPoolExecutor(max_workers=len(urls)) as pool:
        return list(pool.map(lambda url: _check(url, override), urls))


def simulated_addresses(urls: Iterable[str]) -> list[Address]:
    """Returns the addresses on the simulated cluster, where no container runs."""
    return [Address(url, None, "simulated, so nothing answers") for url in urls]


def connection_error(error: BaseException) -> str:
    """Returns why a connection failed, in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _check(url: str, override: str | None) -> Address:
    websocket = url.startswith("ws")
    if not websocket:
        target = (override or url).rstrip("/") + INFO_PATH
    elif override:
        target = override.rstrip("/") + httpx.URL(url).path
    else:
        target = url.replace("ws", "http", 1)
    try:
        headers = _upgrade_headers() if websocket else {}
        response = httpx.get(target, headers=headers, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Address(url, None, f"can't be reached from here: {connection_error(error)}")
    if websocket:
        opened = response.status_code == HTTPStatus.SWITCHING_PROTOCOLS
        return Address(url, opened, "answers" if opened else _unexpected(response, "a WebSocket"))
    try:
        version = str(response.json()["version"])
    except (ValueError, KeyError, TypeError):
        return Address(url, answers=False, message=_unexpected(response, "Rocket.Chat"))
    return Address(url, answers=True, message=f"answers as Rocket.Chat {version}")


def _unexpected(response: httpx.Response, expected: str) -> str:
    return f"answers {response.status_code}, which isn't {expected}"


def _upgrade_headers() -> dict[str, str]:
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
