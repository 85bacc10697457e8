"""A client that behaves towards the origin as Cloudflare's edge does (docs/edge.md)."""
import contextlib
import socket
import ssl
import time
from dataclasses import dataclass, field

from . import http2, settings
from .answer import Body, Head, Refused, head_end, parse_head, refuse_early
from .pool import Connection, Pool
from .visitors import Request

STATUS_OF = {"connect_refused": 521, "connect_timeout": 522, "not_acknowledged": 522, "unreachable": 523,
             "read_timeout": 524, "tls_handshake": 525, "certificate": 526, "visitor_left": 499}
IDEMPOTENT = ("GET", "HEAD", "OPTIONS")


class OriginFailure(Exception):
    """What went wrong with one attempt. `answered` is true once a byte of the response was read."""

    def __init__(self, kind: str, answered: bool = False, status: int = 0):
        super().__init__(kind)
        self.kind, self.answered, self.status = kind, answered, status


@dataclass
class Outcome:
    """What the edge saw of one visitor request."""
    request: Request
    started: float
    begun: float = 0.0       # of the last attempt, on the monotonic clock
    ended: float = 0.0
    edge_status: int = 0
    origin_status: int = 0
    error: str = ""
    attempts: list = field(default_factory=list)
    moments: list = field(default_factory=list)   # when each attempt began
    connect_ms: int = 0
    handshake_ms: int = 0
    send_ms: int = 0
    receive_ms: int = 0
    origin_ms: int = 0
    body_size: int = 0
    content_type: str = ""
    tls_version: str = ""
    headers: list = field(default_factory=list)   # of the answer, as the edge took them
    sample: bytes = b""                           # the beginning of the answer's body


class Edge:
    """Fetches requests from the origin. `fetch` may be called from many threads inside the edge namespace."""

    def __init__(self, behaviour: settings.EdgeBehaviour, authorities: str | None = None, keylog: str | None = None):
        self.behaviour = behaviour
        self.pool = Pool()
        self.context = self._tls_context(authorities) if behaviour.tls else None
        self.contexts = {}     # of hosts for which something else is offered
        if self.context and behaviour.alpn:
            self.contexts[behaviour.alpn_host] = self._tls_context(authorities)
            self.contexts[behaviour.alpn_host].set_alpn_protocols(list(behaviour.alpn))
        for context in [self.context, *self.contexts.values()]:
            if context and behaviour.keylog:
                context.keylog_filename = keylog
        self.port = behaviour.port or (443 if behaviour.tls else 80)

    def _tls_context(self, authorities: str | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.behaviour.tls_maximum == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        # The order of docs: ssl/origin-configuration/cipher-suites.
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:"
                            "AES128-GCM-SHA256:AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:"
                            "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-SHA384:AES256-SHA")
        context.check_hostname = self.behaviour.strict
        context.verify_mode = ssl.CERT_REQUIRED if self.behaviour.strict else ssl.CERT_NONE
        if authorities:
            context.load_verify_locations(authorities)
        if self.behaviour.http2:
            context.set_alpn_protocols([http2.PROTOCOL, "http/1.1"])
        return context

    def fetch(self, request: Request) -> Outcome:
        outcome = Outcome(request, time.time())
        if request.cache_hit or request.edge_status:
            time.sleep(0.001)
            outcome.edge_status, outcome.body_size, outcome.ended = request.edge_status or 200, 2048, time.time()
            return outcome
        fresh = request.fresh
        while True:
            attempt = {"edge_ip": request.edge.shown, "port": 0, "reused": False, "error": None}
            outcome.moments.append(time.time())
            outcome.attempts.append(attempt)
            outcome.begun = time.monotonic()
            try:
                connection = self._connection(request, fresh, attempt, outcome)
                head, body = self._exchange(connection, request, outcome)
                outcome.edge_status = outcome.origin_status = head.status
                outcome.body_size, outcome.content_type = body.size, head.value("content-type")
                outcome.headers, outcome.sample = head.headers, body.sample
                break
            except OriginFailure as failure:
                attempt["error"] = failure.kind
                if self._tries_again(request, attempt, failure):
                    fresh = True
                    continue
                outcome.error, outcome.origin_status = failure.kind, failure.status
                outcome.edge_status = STATUS_OF.get(failure.kind, 520)
                break
            finally:
                outcome.origin_ms = round((time.monotonic() - outcome.begun) * 1000)
        outcome.ended = time.time()
        return outcome

    def _tries_again(self, request, attempt, failure) -> bool:
        return (self.behaviour.retry and attempt["reused"] and not failure.answered
                and failure.kind in ("closed", "reset", "goaway") and request.method in IDEMPOTENT
                and len(request.body) <= settings.RETRY_BODY_LIMIT)

    # Connecting

    def _connection(self, request: Request, fresh: bool, attempt: dict, outcome: Outcome) -> Connection:
        connection = None if fresh else self.pool.take((request.edge.lab, request.host), request.reuse_at_idle_s)
        if connection:
            if request.reuse_at_idle_s is not None:   # the visitor asks now, the wait before was the lab's
                outcome.started, outcome.begun = time.time(), time.monotonic()
            attempt["reused"], attempt["port"] = True, connection.port
            outcome.connect_ms = outcome.handshake_ms = 0
            outcome.tls_version = connection.tls_version
            return connection
        connection = self._connect(request, attempt, outcome)
        if self.context:
            self._handshake(connection, request, outcome)
        return connection

    def _connect(self, request, attempt, outcome) -> Connection:
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.bind((request.edge.lab, 0))
        attempt["port"] = plain.getsockname()[1]
        plain.settimeout(settings.CONNECT_TIMEOUT_S)
        begun = time.monotonic()
        try:
            plain.connect((request.origin, self.port))
        except ConnectionRefusedError:
            kind = "connect_refused"
        except TimeoutError:
            kind = "connect_timeout"
        except ConnectionResetError:
            kind = "reset"
        except OSError:
            kind = "unreachable"
        else:
            outcome.connect_ms = max(1, round((time.monotonic() - begun) * 1000))
            return Connection(plain, (request.edge.lab, request.host), attempt["port"])
        plain.close()
        raise OriginFailure(kind)

    def _handshake(self, connection: Connection, request: Request, outcome: Outcome) -> None:
        begun = time.monotonic()
        connection.socket.settimeout(settings.HANDSHAKE_TIMEOUT_S)
        try:
            connection.socket = self.contexts.get(request.host, self.context).wrap_socket(connection.socket, server_hostname=request.host)
        except ssl.SSLCertVerificationError:
            connection.close()
            raise OriginFailure("certificate") from None
        except OSError:
            connection.close()
            raise OriginFailure("tls_handshake") from None
        outcome.handshake_ms = max(1, round((time.monotonic() - begun) * 1000))
        outcome.tls_version = connection.tls_version = connection.socket.version() or ""
        if self.behaviour.http2 and connection.socket.selected_alpn_protocol() == http2.PROTOCOL:
            connection.http2 = http2.Http2(connection)

    # Asking

    def _head(self, request: Request) -> bytes:
        visitor = request.visitor
        cookies = visitor.cookies if request.cookies is None else request.cookies
        scheme = "https"
        lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {request.host}", "Connection: Keep-Alive",
                 "Accept-Encoding: gzip, br", f"X-Forwarded-For: {visitor.address}",
                 f"CF-Ray: {request.ray}-{request.edge.colo}", f"X-Forwarded-Proto: {scheme}",
                 f'CF-Visitor: {{"scheme":"{scheme}"}}', f"User-Agent: {visitor.agent}",
                 "Accept: text/html,application/xhtml+xml,*/*;q=0.8", f"CF-Connecting-IP: {visitor.address}",
                 f"CF-IPCountry: {visitor.country}", "CDN-Loop: cloudflare; loops=1"]
        if cookies:
            lines.append(f"Cookie: {cookies}")
        if request.chunked:
            lines += ["Content-Type: application/json", "Transfer-Encoding: chunked"]
        elif request.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(request.body)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _exchange(self, connection: Connection, request: Request, outcome: Outcome) -> tuple[Head, Body]:
        begun = time.monotonic()
        leave_at = begun + request.leave_after_s if request.leave_after_s else None
        good = False
        try:
            connection.socket.settimeout(settings.READ_TIMEOUT_S)
            if connection.http2:
                head, body = self._stream(connection, request, outcome, begun, leave_at)
                good = not connection.http2.is_going
                return head, body
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):   # the answer may lie there already
                connection.socket.sendall(self._head(request) + request.framed_body)
            sent = time.monotonic()
            outcome.send_ms = round((sent - begun) * 1000)
            head, rest = self._read_head(connection, request, sent, leave_at)
            outcome.receive_ms = max(1, round((time.monotonic() - sent) * 1000))
            body = self._read_body(connection, head, rest, leave_at)
            good = head.reusable and body.complete and not body.pending
            return head, body
        except Refused as refused:
            raise OriginFailure(refused.kind, True, refused.status) from None
        except OriginFailure as failure:
            if failure.kind == "read_timeout":
                outcome.receive_ms = round((time.monotonic() - begun) * 1000)
            raise
        finally:
            if good:
                self.pool.give(connection)
            else:
                connection.close()

    def _stream(self, connection: Connection, request: Request, outcome: Outcome, begun: float, leave_at: float | None) -> tuple[Head, Body]:
        """The same over HTTP/2."""
        sent = begun

        def receive(is_answered: bool) -> bytes:
            return self._receive(connection, (time.monotonic() if is_answered else sent) + self.behaviour.read_timeout_s, leave_at)

        exchange = http2.Exchange(connection.http2, receive, OriginFailure)
        exchange.ask(http2.fields_of(self._head(request)), request.body)
        sent = time.monotonic()
        outcome.send_ms = round((sent - begun) * 1000)
        head, body = exchange.answer()
        outcome.receive_ms = max(1, round((time.monotonic() - sent) * 1000))
        return head, body

    def _receive(self, connection: Connection, until: float, leave_at: float | None) -> bytes:
        """The next bytes, b"" at the end of the stream. Raises on timeout, reset and when the visitor leaves."""
        limit = min(until, leave_at) if leave_at else until
        wait = limit - time.monotonic()
        try:
            if wait <= 0:
                raise TimeoutError
            connection.socket.settimeout(wait)
            return connection.socket.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            if leave_at and limit == leave_at:
                raise OriginFailure("visitor_left") from None
            raise OriginFailure("not_acknowledged" if connection.unacknowledged() else "read_timeout") from None
        except ssl.SSLEOFError:
            return b""
        except OSError:
            raise OriginFailure("reset") from None

    def _read_head(self, connection, request, sent, leave_at) -> tuple[Head, bytes]:
        data, until = b"", sent + self.behaviour.read_timeout_s
        while True:
            try:
                more = self._receive(connection, until, leave_at)
            except OriginFailure as failure:
                if failure.kind == "reset" and data:
                    raise OriginFailure("truncated_head", True) from None
                raise
            if not more:
                raise OriginFailure("truncated_head" if data else "closed", bool(data))
            data += more
            refuse_early(data)
            end = head_end(data)
            if end >= 0:
                head = parse_head(data[:end], request.method, self.behaviour.refuse_bare_lf, self.behaviour.refuse_duplicates)
                if 100 <= head.status < 200:
                    data = data[end:]
                    continue
                return head, data[end:]

    def _read_body(self, connection, head: Head, rest: bytes, leave_at) -> Body:
        body = Body(head)
        if rest:
            body.feed(rest)
        while not body.complete:
            try:
                more = self._receive(connection, time.monotonic() + self.behaviour.read_timeout_s, leave_at)
            except OriginFailure as failure:
                if failure.kind == "reset":
                    raise OriginFailure("truncated_body", True, head.status) from None
                failure.answered, failure.status = True, head.status
                raise
            if not more:
                body.ended()
                break
            body.feed(more)
        return body
