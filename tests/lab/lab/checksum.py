"""Internet checksums (RFC 1071) and their incremental repair (RFC 1624)."""
import struct


def internet_checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def repaired(checksum: int, before: bytes, after: bytes) -> int:
    """The checksum after `before` was replaced by `after`; both have the same, even length."""
    total = ~checksum & 0xFFFF
    for old, new in zip(struct.unpack(f">{len(before) // 2}H", before), struct.unpack(f">{len(after) // 2}H", after)):
        total += (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def repair_at(packet: bytearray, offset: int, before: bytes, after: bytes) -> None:
    """Repairs the checksum that stands at `offset`, where the packet is long enough to hold it."""
    if offset + 2 <= len(packet):
        old = struct.unpack_from(">H", packet, offset)[0]
        struct.pack_into(">H", packet, offset, repaired(old, before, after))
