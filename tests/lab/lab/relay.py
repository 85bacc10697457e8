"""The way between edge and origin: a process that hands Ethernet frames from one TAP device to the other.

It gives every edge address its distance (delay and hops). A scenario can make it lose, swallow or forge packets;
this works on kernels without netem.
"""
import contextlib
import heapq
import json
import os
import random
import select
import signal
import socket
import struct
import time

from . import settings
from .checksum import internet_checksum, repair_at
from .namespaces import die_with_parent

SYN, RST, ACK = 0x02, 0x04, 0x10


class Relay:
    """Starts the relay process and tells it what to do."""

    def __init__(self, front: int, edge: int, seed: str, one_way_delay_s: float | None):
        self.orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                die_with_parent()
                self.orders.close()
                _Carrier(front, edge, theirs, random.Random(seed), one_way_delay_s).carry()
            finally:
                os._exit(1)
        theirs.close()

    def order(self, **what) -> None:
        """Changes the rules from now on. Addresses are those of the lab.

        drop_to_origin=[address]  packets of these sources vanish before they reach the origin's network card
        flood=number              so many SYNs a second arrive from addresses that never answer
        drop_to_edge=[address]    the origin's answers to these addresses go astray
        loss=share, loss_for=[address]   packets get lost, both ways
        largest_to_edge=bytes     larger packets towards loss_for vanish without a word
        reset_on="text"           a device on the way resets a connection when a request holds this text
        """
        self.orders.send(json.dumps(what).encode())

    def stop(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.orders.close()
            self.pid = 0


class _Carrier:
    def __init__(self, front, edge, orders, rng, one_way_delay_s):
        self.origin, self.edge = front, edge   # the origin, or the router before it
        self.orders, self.rng = orders, rng
        self.former_origin = socket.inet_aton(settings.FORMER_ORIGIN_LAB)
        self.delay, self.hops = {}, {}
        for edge in settings.EDGES:
            key = socket.inet_aton(edge.lab)
            self.delay[key] = edge.delay_s if one_way_delay_s is None else one_way_delay_s
            self.hops[key] = edge.hops
        self.rules = {"drop_to_origin": set(), "drop_to_edge": set(), "loss": 0.0, "loss_for": set(),
                      "largest_to_edge": 0, "reset_on": "", "flood": 0}
        self.flood_due = 0.0
        self.waiting: list = []
        self.count = 0

    def carry(self) -> None:
        poll = select.poll()
        for descriptor in (self.origin, self.edge, self.orders.fileno()):
            poll.register(descriptor, select.POLLIN)
        while True:
            until = max(0.0, self.waiting[0][0] - time.monotonic()) * 1000 if self.waiting else 1000
            if self.rules["flood"]:
                until = min(until, 2)
                self.flood()
            for descriptor, _ in poll.poll(until):
                if descriptor == self.orders.fileno():
                    self.obey(json.loads(self.orders.recv(65536)))
                else:
                    self.take(descriptor)
            self.deliver()

    def obey(self, order: dict) -> None:
        for key, value in order.items():
            self.rules[key] = {socket.inet_aton(address) for address in value} if isinstance(value, list) else value

    def take(self, descriptor: int) -> None:
        for _ in range(64):
            try:
                frame = bytearray(os.read(descriptor, 65536))
            except BlockingIOError:
                return
            if len(frame) < 34 or frame[12:14] != b"\x08\x00":
                continue
            to_origin = descriptor == self.edge
            peer = bytes(frame[26:30] if to_origin else frame[30:34])
            if to_origin and frame[30:34] == self.former_origin:
                continue
            if self.swallowed(frame, peer, to_origin):
                continue
            hops = self.hops.get(peer, 5)
            before = bytes(frame[22:24])
            frame[22] = max(1, frame[22] - hops)
            repair_at(frame, 24, before, bytes(frame[22:24]))
            if to_origin and self.rules["reset_on"] and self.rules["reset_on"].encode() in frame:
                self.forge_resets(frame, peer)
            self.send(self.origin if to_origin else self.edge, frame, self.delay.get(peer, 0.003))

    def swallowed(self, frame, peer, to_origin) -> bool:
        rules = self.rules
        if peer in rules["drop_to_origin" if to_origin else "drop_to_edge"]:
            return True
        if peer not in rules["loss_for"]:
            return False
        if not to_origin and rules["largest_to_edge"] and len(frame) - 14 > rules["largest_to_edge"]:
            return True
        return self.rng.random() < rules["loss"]

    def forge_resets(self, frame: bytearray, peer: bytes) -> None:
        """Both ends get a reset in the other's name, just before the request itself.

        Its TTL and IP id are those of the device, not of the ends.
        """
        head = 14 + (frame[14] & 15) * 4
        ports, sequence, acknowledged = bytes(frame[head:head + 4]), frame[head + 4:head + 8], frame[head + 8:head + 12]
        back = ports[2:] + ports[:2]
        to_origin = self.reset(frame[:14], frame[26:30], frame[30:34], ports, sequence, acknowledged)
        swapped = frame[6:12] + frame[0:6] + frame[12:14]
        to_edge = self.reset(swapped, frame[30:34], frame[26:30], back, acknowledged, sequence)
        delay = self.delay.get(peer, 0.003)
        self.send(self.origin, to_origin, delay)
        self.send(self.edge, to_edge, delay)

    @classmethod
    def reset(cls, ethernet, source, destination, ports, sequence, acknowledged) -> bytes:
        return cls.segment(ethernet, source, destination, ports, sequence, acknowledged, RST | ACK, 0xC0DE, 246)

    @staticmethod
    def segment(ethernet, source, destination, ports, sequence, acknowledged, flags, identification, ttl) -> bytes:
        """One TCP segment without options and data, in its frame."""
        tcp = bytearray(ports + sequence + acknowledged + struct.pack(">BBHHH", 0x50, flags, 1024 if flags & SYN else 0, 0, 0))
        pseudo = bytes(source + destination) + struct.pack(">BBH", 0, 6, len(tcp))
        struct.pack_into(">H", tcp, 16, internet_checksum(pseudo + bytes(tcp)))
        ip = bytearray(struct.pack(">BBHHHBBH", 0x45, 0, 40, identification, 0, ttl, 6, 0) + bytes(source + destination))
        struct.pack_into(">H", ip, 10, internet_checksum(bytes(ip)))
        return bytes(ethernet) + bytes(ip) + bytes(tcp)

    def flood(self) -> None:
        """Sends the SYNs that are due. Each has its own source, port and sequence number."""
        now = time.monotonic()
        self.flood_due = max(self.flood_due, now - 0.1)
        while self.flood_due < now:
            self.flood_due += 1 / self.rules["flood"]
            source = socket.inet_aton(self.rng.choice(settings.FLOODERS))
            ports = struct.pack(">HH", self.rng.randrange(1024, 65535), 80)
            ethernet = bytes.fromhex((settings.ORIGIN_MAC + settings.GATEWAY_MAC).replace(":", "")) + b"\x08\x00"
            self.send(self.origin, self.segment(ethernet, source, socket.inet_aton(settings.ORIGIN_LAB), ports,
                                                self.rng.randbytes(4), bytes(4), SYN, self.rng.randrange(65536), 51), 0)

    def send(self, descriptor: int, frame, delay: float) -> None:
        self.count += 1
        heapq.heappush(self.waiting, (time.monotonic() + delay, self.count, descriptor, bytes(frame)))

    def deliver(self) -> None:
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, _, descriptor, frame = heapq.heappop(self.waiting)
            with contextlib.suppress(OSError):
                os.write(descriptor, frame)
