"""`python -m tests.support.kubelet.stand_in ADDRESS PORT BUS_ADDRESS BUS_PORT`: plays a service.

It answers every path with 200, except that `/health` says 503 without a connection to the bus, and
echoes on WebSockets at `/websocket`. It listens once its stdin says `listen`, and tells on stdout
what it does. After `stay`, SIGTERM doesn't end it.
"""

import asyncio
import signal
import sys

from aiohttp import WSCloseCode, WSMsgType, web

BACKLOG = 511
"""How many connections the system takes for a process of Node.js that hangs; Node's own default."""


class _StandIn:
    def __init__(self, address: str, port: str, bus_address: str, bus_port: str) -> None:
        self._address, self._port = address, int(port)
        self._bus = bus_address, int(bus_port)
        self._on_bus = False
        self._stays = False
        self._sockets: set[web.WebSocketResponse] = set()
        self._ends = asyncio.Event()

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._terminate)
        app = web.Application()
        app.router.add_get("/websocket", self._serve_socket)
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        bus = asyncio.create_task(self._stay_on_bus())
        commands = asyncio.create_task(self._obey(runner))
        await self._ends.wait()
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        bus.cancel()
        commands.cancel()
        await runner.cleanup()

    async def _obey(self, runner: web.AppRunner) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while command := (await reader.readline()).decode().strip():
            if command == "listen":
                site = web.TCPSite(runner, self._address, self._port, backlog=BACKLOG)
                await site.start()
                _say("listening")
            elif command == "stay":
                self._stays = True
                _say("staying")

    async def _stay_on_bus(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(*self._bus)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            while line := await _read(reader):
                if line.startswith(b"INFO"):
                    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
                elif line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
                elif line.startswith(b"PONG"):
                    self._on_bus = True
                    _say("on the bus")
            writer.close()
            self._on_bus = False
            _say("off the bus")

    async def _answer(self, request: web.Request) -> web.Response:
        healthy = self._on_bus or request.path != "/health"
        return web.Response(status=200 if healthy else 503)

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
        self._sockets.discard(socket)
        return socket

    def _terminate(self) -> None:
        _say("SIGTERM")
        if not self._stays:
            self._ends.set()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except OSError:
        return b""


def _say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    asyncio.run(_StandIn(*sys.argv[1:]).run())
