"""Judges the bytes of an origin's answer as the edge does.

The rules follow the table that was measured with the parser of the edge's open framework (docs/edge.md): what is accepted there is accepted here, however odd it looks.
"""
import re
from dataclasses import dataclass

from . import settings

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [\t\x20-\x7e\x80-\xff]*)?")
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


APPEAR_ONCE = ("transfer-encoding", "content-type", "location")   # RFC 9110, section 5.3: no lists
SAMPLE = 2048    # bytes of a body that are kept


class Refused(Exception):
    """The edge does not take this answer. `kind` is a short word for the reason."""

    def __init__(self, kind: str, status: int = 0):
        super().__init__(kind)
        self.kind = kind
        self.status = status   # of the origin's answer, where it was read before the edge refused it


@dataclass
class Head:
    status: int
    headers: list            # (lower-case name, value), as text
    body: str                # "none", "length", "chunked", "close"
    length: int
    reusable: bool

    def value(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


def head_end(data: bytes) -> int:
    """Offset behind the empty line that ends the header block, or -1."""
    start = len(data) - len(data.lstrip(b"\r\n"))
    match = re.search(rb"\n\r?\n", data[start:])
    return start + match.end() if match else -1


def refuse_early(data: bytes) -> None:
    """Refuses what can no longer become an answer, before the header block is complete."""
    text = data.lstrip(b"\r\n")
    if not b"HTTP/1.".startswith(text[:7]):
        raise Refused("invalid_status_line")
    if len(data) > settings.HEADER_BLOCK_LIMIT and head_end(data) == -1:
        match = STATUS_LINE.match(text)
        raise Refused("header_too_large", int(match[1]) if match else 0)


def parse_head(block: bytes, method: str, refuse_bare_lf: bool, refuse_duplicates: bool = False) -> Head:
    """Reads a complete header block, which ends with its empty line. Raises `Refused`."""
    lines = block.lstrip(b"\r\n").split(b"\n")[:-1]
    bare = any(not line.endswith(b"\r") for line in lines)
    lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
    match = STATUS_LINE.fullmatch(lines[0])
    if not match or not 0 <= int(match[1]) <= 999:
        raise Refused("invalid_status_line")
    status = int(match[1])
    if len(block) > settings.HEADER_BLOCK_LIMIT:
        raise Refused("header_too_large", status)
    if bare and refuse_bare_lf:
        raise Refused("bare_lf", status)
    headers = _headers(lines[1:-1], status)
    if refuse_duplicates and any(sum(name == once for name, _ in headers) > 1 for once in APPEAR_ONCE):
        raise Refused("duplicate_header", status)
    return _framed(headers, status, method, lines[0])


def _headers(lines: list[bytes], status: int) -> list:
    headers: list = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + " " + line.strip().decode("latin-1"))
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        value = value.strip(b" \t")
        if not colon or not TOKEN.fullmatch(name) or FORBIDDEN_IN_VALUE.search(value):
            raise Refused("invalid_header", status)
        headers.append((name.decode().lower(), value.decode("latin-1")))
    if len(headers) > settings.HEADER_COUNT_LIMIT:
        raise Refused("header_too_large", status)
    return headers


def _framed(headers: list, status: int, method: str, status_line: bytes) -> Head:
    values = {name: value for name, value in headers}
    lengths = [value for name, value in headers if name == "content-length"]
    chunked = "chunked" in values.get("transfer-encoding", "").lower()
    reusable = "close" not in values.get("connection", "").lower() and status_line.startswith(b"HTTP/1.1")
    if not chunked and (len(lengths) > 1 or any(not length.isdigit() for length in lengths)):
        raise Refused("conflicting_length", status)
    if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
        return Head(status, headers, "none", 0, reusable)
    if chunked:
        return Head(status, headers, "chunked", 0, reusable)
    if lengths:
        return Head(status, headers, "length", int(lengths[0]), reusable)
    return Head(status, headers, "close", 0, False)


class Body:
    """Follows a body to its end, byte by byte as it arrives."""

    def __init__(self, head: Head):
        self.head = head
        self.size = 0
        self.complete = head.body == "none" or (head.body == "length" and head.length == 0)
        self.pending = b""       # chunked: what is not yet understood; else: bytes behind the end
        self.chunk_left = 0
        self.in_trailer = False
        self.sample = b""        # the beginning, as it came

    def feed(self, data: bytes) -> None:
        self.sample += data[:max(0, SAMPLE - len(self.sample))]
        if self.head.body == "chunked":
            self.pending += data
            self._chunks()
        elif self.head.body == "close":
            self.size += len(data)
        else:
            wanted = 0 if self.head.body == "none" else self.head.length - self.size
            self.size += min(wanted, len(data))
            self.pending += data[wanted:]
            self.complete = self.head.body == "none" or self.size == self.head.length

    def ended(self) -> None:
        """The origin closed. Raises `Refused` where the body is not complete."""
        if self.head.body == "close":
            self.complete = True
        if not self.complete:
            raise Refused("truncated_body", self.head.status)

    def _chunks(self) -> None:
        while not self.complete:
            if self.chunk_left:
                if len(self.pending) < self.chunk_left:
                    return
                if self.pending[self.chunk_left - 2:self.chunk_left] != b"\r\n":
                    raise Refused("invalid_chunking", self.head.status)
                self.size += self.chunk_left - 2
                self.pending, self.chunk_left = self.pending[self.chunk_left:], 0
            line, newline, rest = self.pending.partition(b"\r\n")
            if not newline:
                if len(self.pending) > 1024:
                    raise Refused("invalid_chunking", self.head.status)
                return
            self.pending = rest
            if self.in_trailer:
                self.complete = line == b""
                continue
            match = CHUNK_SIZE.fullmatch(line)
            if not match:
                raise Refused("invalid_chunking", self.head.status)
            size = int(match[1], 16)
            self.in_trailer = size == 0
            self.chunk_left = size + 2 if size else 0
