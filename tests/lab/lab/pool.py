"""The edge's pool of idle connections: one list for each edge address and host."""
import contextlib
import select
import socket
import struct
import threading
import time

from . import settings

TCP_INFO_UNACKED = 24   # offset of tcpi_unacked in struct tcp_info


class Connection:
    """One connection to the origin."""

    def __init__(self, plain: socket.socket, key: tuple, port: int):
        self.socket = plain
        self.key = key
        self.port = port
        self.tls_version = ""
        self.http2 = None   # what HTTP/2 keeps, where it is spoken
        self.idle_since = time.monotonic()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()

    def disturbed(self) -> bool:
        """True when an idle connection has something to read: the origin closed it, or speaks unasked."""
        if self.http2:
            return self.http2.is_disturbed()
        return bool(select.select([self.socket], [], [], 0)[0])

    def unacknowledged(self) -> bool:
        """True when the origin has not acknowledged all that was sent."""
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        return struct.unpack_from("I", info, TCP_INFO_UNACKED)[0] > 0


class Pool:
    def __init__(self):
        self.idle: dict[tuple, list[Connection]] = {}
        self.lock = threading.Lock()
        self.stopping = threading.Event()

    def give(self, connection: Connection) -> None:
        connection.idle_since = time.monotonic()
        with self.lock:
            self.idle.setdefault(connection.key, []).append(connection)

    def take(self, key: tuple, idle_s: float | None) -> Connection | None:
        """The connection that was used last, or None. With `idle_s`, it is first left idle for that long."""
        while True:
            with self.lock:
                waiting = self.idle.get(key)
                connection = waiting.pop() if waiting else None
            if connection is None:
                return None
            if idle_s is not None:
                time.sleep(max(0.0, connection.idle_since + idle_s - time.monotonic()))
            if not connection.disturbed():
                return connection
            connection.close()

    def watch(self) -> None:
        """Closes idle connections that the origin closed, or that were idle for too long. Runs until `stop`."""
        while not self.stopping.wait(0.01):
            with self.lock:
                every = [connection for group in self.idle.values() for connection in group]
                if not every:
                    continue
                readable = set(select.select([one.socket for one in every], [], [], 0)[0])
                limit = time.monotonic() - settings.IDLE_TIMEOUT_S
                gone = [one for one in every if one.socket in readable and one.disturbed() or one.idle_since < limit]
                for connection in gone:
                    self.idle[connection.key].remove(connection)
                    connection.close()

    def close_some(self, share: float, rng, reset: bool = False) -> None:
        """The edge closes a share of its idle connections by its own choice, with FIN or with RST."""
        with self.lock:
            for group in self.idle.values():
                for connection in [one for one in group if rng.random() < share]:
                    group.remove(connection)
                    if reset:
                        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()

    def stop(self) -> None:
        self.stopping.set()
        with self.lock:
            for group in self.idle.values():
                for connection in group:
                    connection.close()
            self.idle.clear()
