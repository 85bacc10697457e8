"""Two network namespaces, origin and edge, joined by a pair of TAP devices that the relay serves.

Where a scenario asks for it a third one, a router, stands between the relay and the origin. Nothing else connects the
namespaces: no packet can leave them.
"""
import contextlib
import ctypes
import fcntl
import os
import signal
import struct
import subprocess
import time

from . import settings

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
TAP_WITHOUT_PACKET_INFO = 0x0002 | 0x1000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Asks the kernel for SIGTERM when the process that started this one is gone."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _set_namespace(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(*command: str) -> str:
    """Runs a command to its end and gives its output; its error text is part of the exception."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout


def names_of(label: str) -> dict[str, str]:
    """The names of the namespaces that a run may have."""
    return {"origin": f"rl{label}o", "edge": f"rl{label}e", "router": f"rl{label}r"}


class Namespaces:
    """The namespaces of one run. `label` makes their names unique on the machine.

    `front` is the side that the relay hands the edge's packets to: the origin itself, or the router before it.
    """

    def __init__(self, label: str, router: bool = False):
        self.front = "router" if router else "origin"
        self.names = {side: name for side, name in names_of(label).items() if side in ("origin", "edge", self.front)}
        self.taps: dict[str, int] = {}

    def create(self) -> None:
        for side, name in self.names.items():
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            self.write(side, "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")
            self.write(side, "/proc/sys/net/ipv6/conf/default/disable_ipv6", "1")
        for side in (self.front, "edge"):
            with self.inside(side):
                self.taps[side] = self._open_tap("eth0")
        if self.front == "router":
            self._address_router()
        self.address_origin()
        self._address_edge()

    def address_origin(self) -> None:
        """Gives the origin its link, address and route; also after a scenario has taken them away."""
        name = self.names["origin"]
        run("ip", "-n", name, "link", "set", "eth0", "address", settings.ORIGIN_MAC, "up")
        run("ip", "-n", name, "address", "replace", settings.ORIGIN_LAB + "/24", "dev", "eth0")
        if self.front == "origin":   # else the router answers for its address itself
            run("ip", "-n", name, "neigh", "replace", settings.GATEWAY_LAB, "lladdr", settings.GATEWAY_MAC,
                "dev", "eth0", "nud", "permanent")
        run("ip", "-n", name, "route", "replace", "default", "via", settings.GATEWAY_LAB)

    def _address_router(self) -> None:
        """A Linux router: eth0 towards the edge, eth1 towards the origin. It knows these networks and no default route."""
        name = self.names["router"]
        run("ip", "-n", name, "link", "add", "eth1", "type", "veth", "peer", "name", "eth0", "netns", self.names["origin"])
        run("ip", "-n", name, "link", "set", "eth0", "address", settings.ROUTER_MAC, "up")
        run("ip", "-n", name, "link", "set", "eth1", "up")
        run("ip", "-n", name, "address", "add", settings.ROUTER_LAB + "/24", "dev", "eth0")
        run("ip", "-n", name, "address", "add", settings.GATEWAY_LAB + "/24", "dev", "eth1")
        run("ip", "-n", name, "neigh", "add", settings.UPSTREAM_LAB, "lladdr", settings.GATEWAY_MAC,
            "dev", "eth0", "nud", "permanent")
        for network in settings.EDGE_NETWORKS:
            run("ip", "-n", name, "route", "add", network, "via", settings.UPSTREAM_LAB)
        self.write("router", "/proc/sys/net/ipv4/ip_forward", "1")

    def _address_edge(self) -> None:
        name = self.names["edge"]
        run("ip", "-n", name, "link", "set", "eth0", "address", settings.GATEWAY_MAC, "up")
        for address in [edge.lab for edge in settings.EDGES] + list(settings.BYSTANDERS):
            run("ip", "-n", name, "address", "add", address + "/32", "dev", "eth0")
        run("ip", "-n", name, "route", "add", settings.ORIGIN_LAB + "/32", "dev", "eth0",
            "src", settings.EDGES[0].lab)
        run("ip", "-n", name, "route", "add", settings.FORMER_ORIGIN_LAB + "/32", "dev", "eth0")
        front = settings.ROUTER_MAC if self.front == "router" else settings.ORIGIN_MAC
        for address in (settings.ORIGIN_LAB, settings.FORMER_ORIGIN_LAB):
            run("ip", "-n", name, "neigh", "add", address, "lladdr", front, "dev", "eth0", "nud", "permanent")

    def write(self, side: str, path: str, value: str) -> None:
        """Sets a value below /proc/sys/net, which shows the entries of the calling thread's namespace."""
        with self.inside(side), open(path, "w") as file:
            file.write(value)

    @staticmethod
    def _open_tap(name: str) -> int:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_PACKET_INFO))
        return descriptor

    def enter(self, side: str) -> None:
        """Moves the calling thread into a namespace, for good."""
        descriptor = os.open(f"/run/netns/{self.names[side]}", os.O_RDONLY)
        try:
            _set_namespace(descriptor)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def inside(self, side: str):
        """Moves the calling thread into a namespace and back."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.enter(side)
            yield
        finally:
            _set_namespace(home)
            os.close(home)

    def command(self, side: str, *words: str) -> list[str]:
        """The command line that runs `words` inside a namespace."""
        return ["ip", "netns", "exec", self.names[side], *words]

    def run(self, side: str, *words: str) -> str:
        return run(*self.command(side, *words))

    def remove(self) -> None:
        """Ends what still runs inside, then removes the namespaces. Safe to call twice."""
        for descriptor in self.taps.values():
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.taps.clear()
        remove_by_name(self.names.values())


def remove_by_name(names) -> None:
    """Removes namespaces by name, with the processes inside, but never the calling process."""
    for name in names:
        if not os.path.exists(f"/run/netns/{name}"):
            continue
        for _ in range(20):
            found = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
            inside = [int(number) for number in found if int(number) != os.getpid()]
            if not inside:
                break
            for number in inside:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.05)
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
