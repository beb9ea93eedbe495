"""The public addresses: whether they answer, from where this runs."""

import base64
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx

from tools.status.report import Address

SECONDS = 5.0
INFO = "/api/info"
"""Where Rocket.Chat tells everybody its version."""


def addresses(urls: Iterable[str], instead: str | None = None) -> list[Address]:
    """Whether each of `urls` answers; the workspace's own is asked for at `instead`, if given."""
    urls = list(urls)
    if not urls:
        return []
    with ThreadPoolExecutor(max_workers=len(urls)) as several:
        return list(several.map(lambda url: _address(url, instead), urls))


def simulated(urls: Iterable[str]) -> list[Address]:
    """The same on the simulated cluster, where no container runs."""
    return [Address(url, None, "simulated, so nothing answers") for url in urls]


def _address(url: str, instead: str | None) -> Address:
    socket = url.startswith("ws")
    at = url.replace("ws", "http", 1) if socket else (instead or url).rstrip("/") + INFO
    if socket and instead:
        at = instead.rstrip("/") + httpx.URL(url).path
    try:
        answer = httpx.get(at, headers=_upgrade() if socket else {}, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Address(url, None, f"can't be reached from here: {reason(error)}")
    if socket:
        opened = answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS
        return Address(url, opened, "answers" if opened else _refused(answer, "a WebSocket"))
    try:
        version = str(answer.json()["version"])
    except (ValueError, KeyError, TypeError):
        return Address(url, answers=False, words=_refused(answer, "Rocket.Chat"))
    return Address(url, answers=True, words=f"answers as Rocket.Chat {version}")


def _refused(answer: httpx.Response, meant: str) -> str:
    return f"answers {answer.status_code}, which isn't {meant}"


def _upgrade() -> dict[str, str]:
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }


def reason(error: BaseException) -> str:
    """Why a connection failed, in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {SECONDS:.0f} s"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
