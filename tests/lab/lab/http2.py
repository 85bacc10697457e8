"""The edge's side of HTTP/2 towards the origin, by the library `h2` (package python3-h2): one request at a time on each connection."""

import contextlib
import select

from . import settings
from .answer import Body, Head, Refused
from .pool import Connection

PROTOCOL = "h2"
WINDOW = 1 << 20  # bytes that a server may send before they are acknowledged


class Http2:
    """What a connection keeps between its requests."""

    def __init__(self, connection: Connection):
        from h2.config import H2Configuration
        from h2.connection import H2Connection
        from h2.settings import SettingCodes

        self.socket = connection.socket
        self.machine = H2Connection(H2Configuration(client_side=True, header_encoding="latin-1"))
        # The head's limit is the edge's, and is judged once the head is whole.
        self.machine.decoder.max_header_list_size = 4 * settings.HEADER_BLOCK_LIMIT
        self.machine.local_settings.update({SettingCodes.INITIAL_WINDOW_SIZE: WINDOW, SettingCodes.ENABLE_PUSH: 0})
        self.machine.initiate_connection()
        self.machine.increment_flow_control_window(WINDOW)
        self.is_going = False  # the server said GOAWAY, or closed
        self.events: list = []
        self.send()

    def send(self) -> None:
        """Says what is to be said. Where the connection is gone, an answer may lie there already: reading tells."""
        if data := self.machine.data_to_send():
            with contextlib.suppress(OSError):
                self.socket.sendall(data)

    def take(self, data: bytes) -> None:
        """Bytes of the server; b"" is the end of its stream. Raises `Refused` where they break a rule."""
        from h2.events import ConnectionTerminated
        from h2.exceptions import ProtocolError

        if not data:
            self.is_going = True
            return
        try:
            events = self.machine.receive_data(data)
        except ProtocolError:
            self.send()  # its GOAWAY
            raise Refused("http2_protocol") from None
        self.events += events
        self.is_going |= any(isinstance(event, ConnectionTerminated) for event in events)
        self.send()

    def is_disturbed(self) -> bool:
        """Whether an idle connection has ended: what servers say in between (SETTINGS, PING, WINDOW_UPDATE) is none of that."""
        with contextlib.suppress(OSError, Refused):
            while not self.is_going and (self.socket.pending() or select.select([self.socket], [], [], 0)[0]):
                self.socket.settimeout(1)
                self.take(self.socket.recv(65536))
            self.events.clear()
            return self.is_going
        return True


def fields_of(head: bytes) -> list[tuple[str, str]]:
    """The fields of a request of HTTP/1 as HTTP/2 has them (RFC 9113, 8.2 and 8.3)."""
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, path, _ = first.split(" ")
    regular = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    host = next(value for name, value in regular if name == "host")
    left_out = ("host", "connection", "transfer-encoding")
    pseudo = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path)]
    return pseudo + [(name, value) for name, value in regular if name not in left_out]


class Exchange:
    """One request on its stream. `receive` gives more bytes of the server, and raises what the edge makes of silence and resets."""

    def __init__(self, http2: Http2, receive, failure):
        self.http2, self.receive, self.failure = http2, receive, failure
        self.head: Head | None = None
        self.body: Body | None = None
        self.is_over = False
        self.stream = http2.machine.get_next_available_stream_id()

    def ask(self, fields: list[tuple[str, str]], body: bytes) -> None:
        from h2.exceptions import ProtocolError

        machine = self.http2.machine
        try:
            machine.send_headers(self.stream, fields, end_stream=not body)
            while body:
                room = min(machine.local_flow_control_window(self.stream), machine.max_outbound_frame_size, len(body))
                if not room:
                    self.http2.send()
                    self._hear()
                    continue
                machine.send_data(self.stream, body[:room], end_stream=room == len(body))
                body = body[room:]
        except ProtocolError:
            if not self.is_over:
                raise self.failure("closed") from None
        self.http2.send()

    def answer(self) -> tuple[Head, Body]:
        while not self.is_over:
            self._hear()
        return self.head, self.body

    def _hear(self) -> None:
        if not self.http2.events:
            self._more()
        events, self.http2.events = self.http2.events, []
        for event in events:
            if not self.is_over:
                self._event(event)

    def _more(self) -> None:
        status = self.head.status if self.head else 0
        try:
            data = self.receive(self.head is not None)
        except self.failure as failure:
            if failure.kind == "reset" and self.head:
                raise self.failure("truncated_body", True, status) from None
            failure.answered, failure.status = self.head is not None, status
            raise
        self.http2.take(data)
        if not data:
            raise self.failure("truncated_body" if self.head else "closed", self.head is not None, status)

    def _event(self, event) -> None:
        from h2 import events

        if isinstance(event, events.ConnectionTerminated):
            # Streams above the last one were not begun; the others may still be answered (RFC 9113, 6.8).
            if event.error_code or event.last_stream_id < self.stream:
                raise self.failure("truncated_body" if self.head else "goaway", self.head is not None, self.head.status if self.head else 0)
        elif getattr(event, "stream_id", None) != self.stream:
            return
        elif isinstance(event, events.ResponseReceived):
            self._take_head(event.headers)
        elif isinstance(event, events.DataReceived):
            self.body.feed(event.data)
            self.http2.machine.acknowledge_received_data(event.flow_controlled_length, self.stream)
            self.http2.send()
        elif isinstance(event, events.StreamEnded):
            self.body.ended()
            self.is_over = True
        elif isinstance(event, events.StreamReset):
            raise self.failure("stream_cut" if self.head else "stream_reset", self.head is not None, self.head.status if self.head else 0)

    def _take_head(self, fields: list) -> None:
        status = int(dict(fields)[":status"])
        headers = [(name, value) for name, value in fields if not name.startswith(":")]
        if sum(len(name) + len(value) + 4 for name, value in headers) > settings.HEADER_BLOCK_LIMIT or len(headers) > settings.HEADER_COUNT_LIMIT:
            raise Refused("header_too_large", status)
        # END_STREAM tells the end, and the library holds it to Content-Length.
        self.head = Head(status, headers, "close", 0, True)
        self.body = Body(self.head)
