"""Packets of a recording, and captures in the forms in which they reach the person on call."""

import gzip
import re
import struct
from dataclasses import dataclass

from lab.checksum import internet_checksum, repair_at

ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
LINK_HEADER = {ETHERNET: 14, SLL: 16, SLL2: 20, RAW: 0}  # bytes before the IP header
LOOPBACK = 1  # index of the interface lo in a namespace
OUTGOING = 4  # packet type of SLL2
TCP, ICMP, ICMPV6 = 6, 1, 58
LAB = bytes([10, 77])
DATE = re.compile(rb"\r\nDate: ([A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d) GMT\r\n")


@dataclass(slots=True)
class Packet:
    """One packet: when (nanoseconds), on which interface, which way, and its bytes from the IP header on."""

    at: int
    interface: int
    outgoing: bool
    data: bytes

    @property
    def inner(self) -> bool:
        """Whether it is between the origin's own programs."""
        return self.interface == LOOPBACK

    def head(self) -> int:
        return (self.data[0] & 15) * 4

    def quoted(self) -> bytes:
        """The packet that an ICMP error quotes, or b""."""
        if self.data[9] != ICMP or len(self.data) < self.head() + 8 + 24 or self.data[self.head()] not in (3, 11, 12):
            return b""
        return self.data[self.head() + 8 :]

    def ends(self) -> tuple | None:
        """(source, port, destination, port) of TCP, or of the TCP segment that an ICMP error quotes."""
        data = self.quoted() or self.data
        if data[9] != TCP:
            return None
        head = (data[0] & 15) * 4
        if len(data) < head + 4:
            return None
        source, destination = struct.unpack_from(">HH", data, head)
        return data[12:16], source, data[16:20], destination

    def payload(self) -> bytes:
        if self.data[9] != TCP:
            return b""
        head = self.head()
        return self.data[head + (self.data[head + 12] >> 4) * 4 : struct.unpack_from(">H", self.data, 2)[0]]


def read(path: str) -> list[Packet]:
    """A recording's capture: little-endian pcap with nanoseconds, SLL2 or Ethernet. Only IPv4 is in it."""
    with open(path, "rb") as file:
        data = file.read()
    magic, link = struct.unpack_from("<I", data)[0], struct.unpack_from("<I", data, 20)[0] & 0xFFFF
    if magic != 0xA1B23C4D or link not in (SLL2, ETHERNET):
        raise ValueError(f"{path}: not a recording's capture")
    packets, offset = [], 24
    while offset + 16 <= len(data):
        seconds, nano, length, _ = struct.unpack_from("<IIII", data, offset)
        body = data[offset + 16 : offset + 16 + length]
        offset += 16 + length
        if link == SLL2:
            if body[:2] == b"\x08\x00":
                packets.append(Packet(seconds * 10**9 + nano, struct.unpack_from(">I", body, 4)[0], body[10] == OUTGOING, body[20:]))
        elif body[12:14] == b"\x08\x00":
            packets.append(Packet(seconds * 10**9 + nano, 2, body[6:12] == bytes.fromhex("02005e005304"), body[14:]))
    return packets


class Shown:
    """Rewrites packets: other addresses and ports, IPv6 for IPv4, another time (and with it the Date of plain answers)."""

    def __init__(self, address, port, six: bool, shift_ns: int):
        self.address, self.port, self.six, self.shift_ns = address, port, six, shift_ns

    def packet(self, packet: Packet) -> Packet:
        if packet.inner:
            return Packet(packet.at + self.shift_ns, packet.interface, packet.outgoing, packet.data)
        data = bytearray(packet.data)
        end = struct.unpack_from(">H", data, 2)[0]
        del data[end:]  # Ethernet's padding
        data = self._datagram(data, False)
        return Packet(packet.at + self.shift_ns, packet.interface, packet.outgoing, bytes(data))

    def _datagram(self, data: bytearray, quoted: bool) -> bytearray:
        head, protocol = (data[0] & 15) * 4, data[9]
        old = bytes(data[12:20])
        source, destination = self.address(old[:4]), self.address(old[4:])
        if protocol == TCP and len(data) >= head + 4:
            self._ports(data, head, old)
            if not quoted and self.shift_ns:
                self._date(data, head)
            if not quoted or len(data) >= head + 18:
                self._pseudo(data, head + 16, old, source + destination)
        elif protocol == ICMP and not quoted:
            data = self._error(data, head)
        if not self.six:
            data[12:20] = source + destination
            repair_at(data, 10, old, source + destination)
            if protocol == ICMP and not quoted:
                struct.pack_into(">H", data, 2, len(data))
                data[10:12] = b"\0\0"
                struct.pack_into(">H", data, 10, internet_checksum(bytes(data[:head])))
            return data
        return self._as_six(data, head, protocol, source, destination, quoted)

    def _ports(self, data: bytearray, head: int, old: bytes) -> None:
        before = bytes(data[head : head + 4])
        first, second = struct.unpack(">HH", before)
        after = struct.pack(">HH", self.port(old[:4], first), self.port(old[4:], second))
        if after != before:
            data[head : head + 4] = after
            repair_at(data, head + 16, before, after)

    @staticmethod
    def _pseudo(data: bytearray, at: int, before: bytes, after: bytes) -> None:
        """The checksum covers the addresses, of whatever length; its other words stay."""
        repair_at(data, at, before + bytes(len(after) - len(before)), after)

    def _date(self, data: bytearray, head: int) -> None:
        """An answer's Date moves with the clock."""
        match = DATE.search(data, head + 20)
        if not match:
            return
        import calendar
        import time

        moment = calendar.timegm(time.strptime(match[1].decode(), "%a, %d %b %Y %H:%M:%S"))
        new = time.strftime("%a, %d %b %Y %H:%M:%S", time.gmtime(moment + round(self.shift_ns / 1e9))).encode()
        begin = match.start(1) - (match.start(1) - head) % 2
        stop = match.end(1) + (match.end(1) - head) % 2
        stop = min(stop, len(data) - (len(data) - head) % 2)
        before = bytes(data[begin:stop])
        data[match.start(1) : match.end(1)] = new
        repair_at(data, head + 16, before, bytes(data[begin:stop]))

    def _error(self, data: bytearray, head: int) -> bytearray:
        """An ICMP error, with what it quotes; as ICMPv6 its type and code are others (RFC 7915, section 4.2)."""
        kind, code = data[head], data[head + 1]
        quoted = self._datagram(bytearray(data[head + 8 :]), True) if kind in (3, 11, 12) else data[head + 8 :]
        body = bytearray(data[head : head + 8]) + quoted
        if self.six:
            body[0], body[1] = {(3, 3): (1, 4), (3, 1): (1, 3), (3, 0): (1, 0), (3, 4): (2, 0)}.get(
                (kind, code), (1, 1) if kind == 3 else (3, code) if kind == 11 else (128, 0)
            )
            if (kind, code) == (3, 4):
                struct.pack_into(">I", body, 4, struct.unpack_from(">H", data, head + 6)[0] + 20)
        else:
            body[2:4] = b"\0\0"
            struct.pack_into(">H", body, 2, internet_checksum(bytes(body)))
        return data[:head] + body

    @staticmethod
    def _as_six(data: bytearray, head: int, protocol: int, source: bytes, destination: bytes, quoted: bool) -> bytearray:
        rest = bytearray(data[head:])
        length = struct.unpack_from(">H", data, 2)[0] - head if quoted else len(rest)
        following = ICMPV6 if protocol == ICMP else protocol
        if following == ICMPV6 and not quoted:
            rest[2:4] = b"\0\0"
            pseudo = source + destination + struct.pack(">II", len(rest), ICMPV6)
            struct.pack_into(">H", rest, 2, internet_checksum(pseudo + bytes(rest)))
        return bytearray(struct.pack(">IHBB", 0x60000000, length, following, data[8]) + source + destination) + rest


ORIGIN_MAC, GATEWAY_MAC = bytes.fromhex("02005e005307"), bytes.fromhex("02005e005301")


def _framed(packet: Packet, link: int) -> bytes:
    protocol = b"\x86\xdd" if packet.data[0] >> 4 == 6 else b"\x08\x00"
    if link == ETHERNET:
        return (GATEWAY_MAC + ORIGIN_MAC if packet.outgoing else ORIGIN_MAC + GATEWAY_MAC) + protocol + packet.data
    if link == RAW:
        return packet.data
    address = bytes(6) if packet.inner else ORIGIN_MAC if packet.outgoing else GATEWAY_MAC
    kind = 772 if packet.inner else 1
    if link == SLL:
        return struct.pack(">HHH", OUTGOING if packet.outgoing else 0, kind, 6) + address + b"\0\0" + protocol + packet.data
    return protocol + b"\0\0" + struct.pack(">IHBB", packet.interface, kind, OUTGOING if packet.outgoing else 0, 6) + address + b"\0\0" + packet.data


@dataclass
class Form:
    """How a capture is written."""

    link: int = ETHERNET
    nano: bool = False
    pcapng: bool = False
    compressed: bool = False
    pieces: int = 1
    snaplen: int = 0


def write(packets: list[Packet], form: Form, path: str) -> None:
    """Writes the capture; in pieces, each has its number behind its name."""
    each = len(packets) // form.pieces + 1
    for number in range(form.pieces):
        content = _file(packets[number * each : (number + 1) * each], form)
        name = path + (".pcapng" if form.pcapng else ".pcap") + (str(number) if form.pieces > 1 else "")
        with open(name + ".gz" if form.compressed else name, "wb") as file:
            file.write(gzip.compress(content, 6, mtime=0) if form.compressed else content)


def _file(packets: list[Packet], form: Form) -> bytes:
    limit = form.snaplen or 262144
    if form.pcapng:
        resolution = struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0) if form.nano else b""
        interface = struct.pack("<HHI", form.link, 0, limit) + resolution
        out = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), _block(1, interface)]
    else:
        out = [struct.pack("<IHHiIII", 0xA1B23C4D if form.nano else 0xA1B2C3D4, 2, 4, 0, 0, limit, form.link)]
    for packet in packets:
        frame = _framed(packet, form.link)
        kept = frame[:limit]
        if form.pcapng:
            stamp = packet.at if form.nano else packet.at // 1000
            out.append(_block(6, struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(kept), len(frame)) + kept + bytes(-len(kept) % 4)))
        else:
            seconds, nano = divmod(packet.at, 10**9)
            out += [struct.pack("<IIII", seconds, nano if form.nano else nano // 1000, len(kept), len(frame)), kept]
    return b"".join(out)


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
