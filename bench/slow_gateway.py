"""`python -m bench.slow_gateway a b c`: gateways with a port each, that can be told to hang, to drip or to refuse.

Prints one line of JSON with the ports; then reads lines such as `a hang` and answers each with one line of JSON: how
many calls each gateway has had since it was last told anything.
"""

import asyncio
import json
import sys

ANSWER_SECONDS = 0.05
_DRIP_SECONDS = 0.5
_LONG_SECONDS = 600.0


class Gateway:
    """One port and how whoever calls there is treated."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mode = "healthy"
        self.calls = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def become(self, mode: str) -> None:
        """Healthy, hang, drip, or refuse. Every call under way is broken off."""
        self.mode, self.calls = mode, 0
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        if mode != "refuse":
            await self.listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while await _request(reader):
                self.calls += 1
                await self._answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if self.mode == "hang":
            await asyncio.sleep(_LONG_SECONDS)
        if self.mode == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n")
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(_DRIP_SECONDS)
        await asyncio.sleep(ANSWER_SECONDS)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> bool:
    """Read one request; False where the caller has gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.partition(b"\r\n")[0] or 0))
    return True


async def main(names: list[str]) -> None:
    gateways = {name: Gateway(name) for name in names}
    for gateway in gateways.values():
        await gateway.listen()
    print(json.dumps({name: gateway.port for name, gateway in gateways.items()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, _, mode = line.strip().partition(" ")
        counts = {each.name: each.calls for each in gateways.values()}
        if name:
            await gateways[name].become(mode)
        print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
