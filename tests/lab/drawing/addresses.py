"""Which addresses an incident shows for those of the lab, and which ports where recordings would collide."""

import ipaddress
import random
import re

from lab import settings

# One published range of IPv6 for each of IPv4 that the lab's edge addresses stand in, so that what holds for a range goes on to hold.
SIX = {
    "172.64.0.0/13": "2606:4700::/32",
    "162.158.0.0/15": "2400:cb00::/32",
    "141.101.64.0/18": "2a06:98c0::/29",
    "104.16.0.0/13": "2803:f800::/32",
    "108.162.192.0/18": "2405:b500::/32",
    "104.24.0.0/14": "2c0f:f248::/32",
}
# Of documentation (RFC 5737). Each server has the next address, too, and one 90 further as its former one.
SERVERS = [f"203.0.113.{number}" for number in range(4, 84, 5)]
LAB_TEXT = re.compile(r"(?<![\d.])10\.77\.\d{1,3}\.\d{1,3}(?:([:\s]|%3A)(?=\d)(\d{1,5})(?![\d.:/]))?")


def range_of(shown: str) -> str:
    return next(one for one in SIX if ipaddress.ip_address(shown) in ipaddress.ip_network(one))


def lab_addresses(text: str) -> list[str]:
    """Those that stand in a text, without their ports."""
    return [match[0][: match.start(1) - match.start()] if match[1] else match[0] for match in LAB_TEXT.finditer(text)]


class AddressPlan:
    """The same for all recordings that are laid over each other, but for the server's own address. `server` counts servers."""

    def __init__(self, rng: random.Random, six: bool):
        self.six, self.rng = six, rng
        self.edges = {edge.lab: self._edge(edge.shown) for edge in settings.EDGES}
        start = rng.randrange(len(SERVERS))
        self.servers = SERVERS[start:] + SERVERS[:start]

    def _edge(self, shown: str) -> str:
        """Another address of the same /24: a data centre has many."""
        if not self.six:
            first, _, last = shown.rpartition(".")
            return f"{first}.{(int(last) + self.rng.randrange(0, 5) * 40) % 253 + 1}"
        network = ipaddress.ip_network(SIX[range_of(shown)])
        return str(network[(self.rng.randrange(1, 400) << 80) + self.rng.getrandbits(32)])

    def table(self, server: int) -> dict[str, str]:
        """Lab address → shown address for one recording."""
        own = self.servers[server]
        table = dict(self.edges)
        first, _, last = own.rpartition(".")
        last = int(last)
        others = {settings.ORIGIN_LAB: last, settings.SECOND_ORIGIN_LAB: last + 1, settings.FORMER_ORIGIN_LAB: last + 90, settings.GATEWAY_LAB: 1}
        for lab, number in others.items():
            table[lab] = self._other(f"{first}.{number}")
        for lab, shown in settings.BYSTANDERS.items():
            table[lab] = self._other(shown)
        table[settings.ROUTER_LAB] = self._other("192.0.2.1")
        for number, lab in enumerate(settings.FLOODERS):
            table[lab] = self._other(f"198.51.100.{number + 1}")
        return table

    def _other(self, shown: str) -> str:
        """IPv6 of the documentation range in place of IPv4's."""
        return str(ipaddress.ip_address("2001:db8::") + int(ipaddress.ip_address(shown))) if self.six else shown


class Mapping:
    """For one recording within one incident."""

    def __init__(self, table: dict[str, str], ports: dict[tuple[str, int], int]):
        self.table, self.ports = table, ports
        self.packed = {ipaddress.ip_address(lab).packed: ipaddress.ip_address(shown).packed for lab, shown in table.items()}
        self.text_of = {ipaddress.ip_address(lab).packed: lab for lab in table}

    def address(self, packed: bytes) -> bytes:
        return self.packed[packed]

    def port(self, packed: bytes, port: int) -> int:
        lab = self.text_of.get(packed)
        return self.ports.get((lab, port), port) if lab else port

    def row(self, address: str, port: int) -> tuple[str, int]:
        return self.table.get(address, address), self.ports.get((address, port), port)

    def text(self, content: str) -> str:
        """A line of a log: addresses, and ports that stand behind them."""

        def shown(match):
            lab = match[0][: match.start(1) - match.start()] if match[2] else match[0]
            address = self.table[lab]
            return (
                address + match[1] + str(self.ports.get((lab, int(match[2])), match[2]))
                if match[2] and match[1] == ":"
                else address + match[0][len(lab) :]
            )

        return LAB_TEXT.sub(shown, content)
