"""People whose clients keep a WebSocket open, as Rocket.Chat's do."""

import asyncio
import random
from collections.abc import Sequence
from typing import Self

import aiohttp

Endpoints = list[str]
"""The addresses that a Service leads to, which change."""


class Person:
    """A client that connects to one of the endpoints, and again whenever its socket is closed."""

    def __init__(
        self, session: aiohttp.ClientSession, endpoints: Endpoints, port: int, draw: random.Random
    ) -> None:
        self.address = ""
        """Where it is connected."""
        self.disconnected = 0
        """How often its socket was closed."""
        self._session = session
        self._endpoints = endpoints
        self._port = port
        self._draw = draw
        self._connected = asyncio.Event()
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._socket: aiohttp.ClientWebSocketResponse
        self._task = asyncio.create_task(self._stay())

    async def wait_until_connected(self) -> None:
        """Waits while it has no socket; raises why, if it can't connect."""
        connected = asyncio.create_task(self._connected.wait())
        await asyncio.wait([connected, self._task], return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        if self._task.done():
            await self._task

    async def is_served(self) -> bool:
        """Whether it gets an answer on the socket that it has."""
        before = self.disconnected
        await self._socket.send_str("hello")
        return await self._answers.get() == "hello" and self.disconnected == before

    async def leave(self) -> None:
        """Closes its socket for good."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self) -> None:
        while True:
            self.address = self._draw.choice(self._endpoints)
            url = f"ws://{self.address}:{self._port}/websocket"
            async with self._session.ws_connect(url) as self._socket:
                self._connected.set()
                async for message in self._socket:
                    self._answers.put_nowait(message.data)
            self._connected.clear()
            self.disconnected += 1


class People:
    """Many of them, spread over the endpoints by chance as a Service does."""

    def __init__(self, number: int, endpoints: Endpoints, port: int, seed: int) -> None:
        self._number = number
        self._endpoints = endpoints
        self._port = port
        self._draw = random.Random(seed)  # noqa: S311 - no secret
        self.all: list[Person] = []

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector)
        self.all = [self.new() for _ in range(self._number)]
        await self.wait_until_connected()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(person.leave() for person in self.all))
        await self._session.close()

    def new(self, endpoints: Endpoints | None = None) -> Person:
        """Returns somebody who isn't among all, led to `endpoints` if given."""
        return Person(self._session, endpoints or self._endpoints, self._port, self._draw)

    def at(self, addresses: Sequence[str]) -> list[Person]:
        """Those who are connected there."""
        return [person for person in self.all if person.address in addresses]

    def disconnected(self) -> int:
        """How many sockets were closed so far."""
        return sum(person.disconnected for person in self.all)

    async def wait_until_connected(self) -> None:
        """Waits until everybody has a socket."""
        await asyncio.gather(*(person.wait_until_connected() for person in self.all))
