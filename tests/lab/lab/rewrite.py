"""Replaces the lab's addresses and paths by those that an incident would show, in captures and in texts."""
import re
import socket
import struct

from . import settings
from .checksum import internet_checksum, repair_at

ETHERNET, LINUX_SLL2 = 1, 276
TCP_CHECKSUM, UDP_CHECKSUM = 16, 6
LAB_PREFIX = bytes(int(part) for part in settings.LAB_NETWORK.strip(".").split("."))

_SHOWN_BYTES = {socket.inet_aton(lab): socket.inet_aton(shown) for lab, shown in settings.SHOWN.items()}
_LAB_TEXT = re.compile(r"\b" + re.escape(settings.LAB_NETWORK) + r"\d{1,3}\.\d{1,3}\b")


def text(content: str, paths: dict[str, str]) -> str:
    """A log or a configuration with addresses and paths replaced. `paths` maps prefixes, the longest first."""
    for before, after in sorted(paths.items(), key=lambda pair: -len(pair[0])):
        content = content.replace(before, after)
    return _LAB_TEXT.sub(lambda match: settings.SHOWN[match[0]], content)


def capture(source: str, target: str) -> int:
    """Rewrites a pcap file as tcpdump writes it (either time precision). Gives the number of packets."""
    with open(source, "rb") as file:
        data = file.read()
    if struct.unpack_from("<I", data)[0] not in (0xA1B2C3D4, 0xA1B23C4D):
        raise ValueError(f"{source}: not a little-endian pcap file")
    link = struct.unpack_from("<I", data, 20)[0] & 0xFFFF
    network_at = {ETHERNET: 14, LINUX_SLL2: 20}[link]
    protocol_at = {ETHERNET: 12, LINUX_SLL2: 0}[link]
    out, offset, count = [data[:24]], 24, 0
    while offset + 16 <= len(data):
        length = struct.unpack_from("<I", data, offset + 8)[0]
        packet = bytearray(data[offset + 16:offset + 16 + length])
        if packet[protocol_at:protocol_at + 2] == b"\x08\x00":
            _ipv4(packet, network_at)
        elif packet[protocol_at:protocol_at + 2] == b"\x08\x06":
            raise ValueError(f"{source}: an ARP packet, which the lab does not send")
        out += [data[offset:offset + 16], bytes(packet)]
        offset += 16 + length
        count += 1
    with open(target, "wb") as file:
        file.write(b"".join(out))
    return count


def _ipv4(packet: bytearray, start: int, quoted: bool = False) -> None:
    """Rewrites one IPv4 packet that starts at `start`, and the packet that an ICMP error quotes."""
    if len(packet) < start + 20:
        return
    header = (packet[start] & 15) * 4
    protocol = packet[start + 9]
    fragment = struct.unpack_from(">H", packet, start + 6)[0] & 0x1FFF
    before = bytes(packet[start + 12:start + 20])
    after = _shown(before[:4]) + _shown(before[4:])
    packet[start + 12:start + 20] = after
    repair_at(packet, start + 10, before, after)
    payload = start + header
    if protocol == 6 and fragment == 0:
        repair_at(packet, payload + TCP_CHECKSUM, before, after)
    elif protocol == 17 and fragment == 0 and packet[payload + UDP_CHECKSUM:payload + UDP_CHECKSUM + 2] != b"\0\0":
        repair_at(packet, payload + UDP_CHECKSUM, before, after)
    elif protocol == 1 and not quoted and packet[payload] in (3, 11, 12):
        _ipv4(packet, payload + 8, quoted=True)
        end = start + struct.unpack_from(">H", packet, start + 2)[0]
        packet[payload + 2:payload + 4] = b"\0\0"
        struct.pack_into(">H", packet, payload + 2, internet_checksum(bytes(packet[payload:end])))


def _shown(address: bytes) -> bytes:
    if address[:2] == LAB_PREFIX:
        return _SHOWN_BYTES[address]
    return address
