"""An HTTP server on loopback that can misbehave, in a thread of its own. Python's standard library only."""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

REASONS = {200: "OK", 201: "Created", 204: "No Content"}


@dataclass
class Request:
    """What a client sent; `query` and `form` are lists of pairs, names of `headers` are in lower case."""

    method: str
    path: str
    query: list
    headers: dict
    form: list
    body: bytes

    def get(self, name, default=""):
        """Return a field of the form or of the query."""
        return dict(self.query + self.form).get(name, default)


@dataclass
class Answer:
    """What the server says, and how: `ending` is "" (as it should), "reset", "silence" or "slow"."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    latency: float = 0.0  # seconds before the first byte
    ending: str = ""
    pause: float = 0.0  # seconds between two bytes of a slow answer


class Server:
    """Subclasses say in `handle` what is answered. It runs in the server's thread, one request at a time."""

    def __init__(self):
        self.lock = threading.RLock()  # held while a request is handled: whoever looks at the state takes it
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = None
        self.connected = self.most_connected = 0

    def handle(self, request):
        """Return the `Answer` to a `Request`."""
        raise NotImplementedError

    def start(self, port=0):
        """Listen on a port of loopback (0: a free one) and return `self`."""
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", port, backlog=512))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, args=(server,), daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Drop all connections and stop listening."""
        if self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def _run(self, server):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader, writer):
        self.connected += 1
        self.most_connected = max(self.connected, self.most_connected)
        try:
            # A client may leave at any moment, and so may we.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while request := await self._read(reader):
                    with self.lock:
                        answer = self.handle(request)
                    if not await self._say(answer, reader, writer):
                        break
        finally:
            self.connected -= 1
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    async def _read(self, reader):
        """Return the next request of a connection, or None at its end."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ")
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length") or 0))
        parts = urlsplit(target)
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return Request(
            method,
            unquote(parts.path),
            parse_qsl(parts.query, keep_blank_values=True),
            headers,
            parse_qsl(body.decode(), keep_blank_values=True) if is_form else [],
            body,
        )

    async def _say(self, answer, reader, writer):
        """Answer; return whether the connection stays."""
        if answer.latency:
            await asyncio.sleep(answer.latency)
        if answer.ending == "silence":
            await reader.read()  # until the client has had enough
            return False
        if answer.ending == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return False
        headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": len(answer.body)}
        head = f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Error')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        data = head.encode("latin-1") + b"\r\n" + answer.body
        if answer.ending == "slow":
            for i in range(len(data)):
                writer.write(data[i : i + 1])
                await writer.drain()
                await asyncio.sleep(answer.pause)
        else:
            writer.write(data)
            await writer.drain()
        return True
