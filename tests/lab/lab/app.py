"""A small HTTP server in the origin namespace whose answers a scenario decides, byte by byte."""
import contextlib
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass

PAGE = b"<html><head><title>Shop</title></head><body><h1>Lamps</h1>" + b"<p>A fine lamp for every room.</p>" * 24 + b"</body></html>"


@dataclass
class Asked:
    """One request as the server read it."""
    method: str
    path: str
    headers: dict      # lower-case names
    ray: str           # without the data centre
    peer: str
    number: int        # of the request on its connection, from 1
    port: int = 0      # of the peer

    @property
    def name(self) -> str:
        return self.path.partition("?")[0]


@dataclass
class Reply:
    """Bytes to send, and what then happens to the connection: "keep", "close" (FIN) or "reset" (RST)."""
    data: bytes = b""
    then: str = "keep"
    wait_s: float = 0.0        # before the bytes
    rest: bytes = b""          # sent after a pause
    pause_s: float = 0.0


def page(status: str = "200 OK", body: bytes = PAGE, server: str = "gunicorn", headers: tuple = (),
         content_type: str = "text/html; charset=utf-8") -> bytes:
    """A complete, correct answer."""
    lines = [f"HTTP/1.1 {status}", f"Server: {server}", time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
             "Connection: keep-alive", f"Content-Type: {content_type}", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def healthy(asked: Asked) -> Reply:
    """What the application answers when nothing is wrong: quick, correct, with some missing pages."""
    wait = random.Random(asked.ray).uniform(0.001, 0.02)
    if asked.name in ("/favicon.ico", "/robots.txt", "/wp-login.php"):
        return Reply(page("404 Not Found", b"<h1>Not Found</h1>"), wait_s=wait)
    if asked.method == "HEAD":
        return Reply(page().partition(b"\r\n\r\n")[0] + b"\r\n\r\n", wait_s=wait)
    if asked.name.startswith("/api/"):
        return Reply(page(body=b'{"items":[{"id":101,"name":"lamp"}],"page":1}', content_type="application/json"), wait_s=wait)
    return Reply(page(), wait_s=wait)


class App:
    """Serves each connection in its own thread. `answer(asked)` gives the reply to a request."""

    def __init__(self, lab, answer=healthy, *, port: int = 80, address: str = "0.0.0.0", backlog: int = 128,
                 idle_s: float = 65.0, log: str | None = None):
        self.lab, self.answer, self.port, self.address = lab, answer, port, address
        self.backlog, self.idle_s = backlog, idle_s
        self.log_name = log       # "combined" lines, with the ray behind them
        self.lines: list[str] = []
        self.accepting = threading.Event()    # cleared: connections pile up in the listen queue
        self.accepting.set()
        self.open: set[socket.socket] = set()
        self.listener: socket.socket | None = None

    def start(self) -> "App":
        with self.lab.namespaces.inside("origin"):
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(self.backlog)
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def stop(self, drain: bool = False) -> None:
        """Stops listening. Unless it drains, it closes every connection too, as a process does that ends."""
        listener, self.listener = self.listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in [] if drain else list(self.open):
            self._close(connection, False)

    def keep(self) -> None:
        if self.log_name:
            self.lab.keep_lines(self.lines, self.log_name)

    def _accept(self, listener) -> None:
        while True:
            self.accepting.wait()
            try:
                connection, address = listener.accept()
            except OSError:
                return
            self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection, *address[:2]), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str, port: int) -> None:
        data, number = b"", 0
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self.idle_s)
            while True:
                number += 1
                asked, data = self._read(connection, data, peer, number, port)
                if asked is None:
                    break
                reply = self.answer(asked)
                self._log(asked, reply)
                time.sleep(reply.wait_s)
                connection.sendall(reply.data)
                if reply.pause_s:
                    time.sleep(reply.pause_s)
                connection.sendall(reply.rest)
                if reply.then != "keep":
                    self._close(connection, reply.then == "reset")
                    return
        except OSError:
            pass
        self._close(connection, False)

    def _close(self, connection: socket.socket, reset: bool) -> None:
        self.open.discard(connection)
        with contextlib.suppress(OSError):
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                connection.shutdown(socket.SHUT_WR)
        connection.close()

    def _read(self, connection, data: bytes, peer: str, number: int, port: int) -> tuple[Asked | None, bytes]:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = (lines[0] + "  ").split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if headers.get("transfer-encoding") == "chunked":
            while b"0\r\n\r\n" not in rest:
                more = connection.recv(65536)
                if not more:
                    return None, b""
                rest += more
            return Asked(method, path, headers, headers.get("cf-ray", "").partition("-")[0], peer, number, port), b""
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            rest += more
        ray = headers.get("cf-ray", "").partition("-")[0]
        return Asked(method, path, headers, ray, peer, number, port), rest[length:]

    def _log(self, asked: Asked, reply: Reply) -> None:
        if not self.log_name:
            return
        status = (reply.data[9:12].decode("latin-1") if reply.data.startswith(b"HTTP/") else "-") or "-"
        size = max(0, len(reply.data + reply.rest) - reply.data.find(b"\r\n\r\n") - 4) if reply.data else 0
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        self.lines.append(f'{asked.peer} - - [{stamp}] "{asked.method} {asked.path} HTTP/1.1" {status} {size} "-" '
                          f'"{asked.headers.get("user-agent", "-")}" {asked.headers.get("cf-ray", "-")}')
