"""A fault, and one live recording of it."""

import dataclasses
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from lab import bystanders, settings
from lab.certificates import Authority
from lab.front import Front, TlsHost
from lab.recorder import internal_request
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour
from lab.shop import Behaviour, Shop
from lab.site import Site

NAMES = ["shop", "news", "cafe", "wiki", "blog", "mail"]
# What an application's misbehaving paths may be called. None of the healthy traffic asks for them.
PATHS = [
    "/checkout",
    "/account/orders",
    "/api/sync",
    "/export",
    "/report/daily",
    "/search",
    "/feed.xml",
    "/wishlist",
    "/upload",
    "/gallery",
    "/render/chart",
    "/invoice",
    "/api/stream",
    "/stock",
    "/compare",
    "/booking",
]
SPEAKS_TLS = ("nginx", "apache", "haproxy", "caddy", "node")
SPEAKS_HTTP2 = ("nginx", "apache", "haproxy", "caddy")
# Recordings of these seeds speak HTTP/2 where fault and server can, those of smaller ones never.
HTTP2_SEEDS = 3001


@dataclass
class Fault:
    """`build(run)` starts the origin and gives the traffic; the rest says what is true of what then happens."""

    name: str
    slug: str | None  # None: nothing is broken, or nothing that the edge's requests meet
    families: tuple
    build: Callable
    note: str
    transports: tuple = ("plain", "plain", "tls12", "tls13")
    http1_only: tuple = ()  # families with which it is another fault over HTTP/2, or none
    host_scope: bool = False  # while it lasts it would contradict healthy traffic of the same server
    verdict: str = "origin"
    collateral: dict = field(default_factory=dict)
    failing_statuses: tuple = ()
    edge: dict = field(default_factory=dict)
    router: bool = False
    decoy_for: tuple = ()  # slugs whose sign it bears although they are not its cause

    def is_of(self, seed: int) -> bool:
        """Whether recordings of this seed have it."""
        return seed >= HTTP2_SEEDS or self.transports != ("h2",)


class Recording:
    """One recording: a fault with a family, a transport and a seed. It stands where a scenario's module does."""

    def __init__(self, fault: Fault, family: str, seed: int):
        self.fault, self.family, self.seed = fault, family, seed
        self.name = f"{fault.name}~{family}~{seed}"
        self.rng = random.Random(self.name)
        self.transport = self._transport()
        tls = {"tls": True, "keylog": True, "tls_maximum": "1.2" if self.transport == "tls12" else "1.3"} if self.transport != "plain" else {}
        tls |= {"http2": True} if self.transport == "h2" else {}
        fresh = {"fresh_share": self.rng.choice([0.05, 0.12, 0.3])}
        self.SCENARIO = Scenario(
            note=fault.note,
            causes=[fault.slug] if fault.slug else [],
            verdict=fault.verdict,
            edge=EdgeBehaviour(**fresh | tls | fault.edge),
            collateral=fault.collateral,
            failing_statuses=fault.failing_statuses,
            router=fault.router,
        )
        self.hosts = [f"{name}.example" for name in self.rng.sample(NAMES, self.rng.choice([1, 1, 2, 3]))]
        two = self.rng.random() < 0.3 and not fault.host_scope
        self.origins = {host: settings.SECOND_ORIGIN_LAB if two and self.rng.random() < 0.5 else settings.ORIGIN_LAB for host in self.hosts}
        self.paths = self.rng.sample(PATHS, 3)
        self.requests: list = []
        self.act: Callable | None = None
        self.noise: list = []
        self.lab = None
        self.authority: Authority | None = None

    def _transport(self) -> str:
        server = self.family.partition("+")[0]
        over_http2 = self.family not in self.fault.http1_only and {"h2", "tls13"} & set(self.fault.transports)
        if self.seed >= HTTP2_SEEDS and server in SPEAKS_HTTP2 and over_http2:
            return "h2"
        able = server in SPEAKS_TLS
        fits = [one for one in self.fault.transports if one == "plain" or able]
        return self.rng.choice(fits)

    def facts(self) -> dict:
        """What is written beside the recording."""
        fault = self.fault
        return {
            "name": self.name,
            "fault": fault.name,
            "slug": fault.slug,
            "family": self.family,
            "transport": self.transport,
            "seed": self.seed,
            "note": fault.note,
            "verdict": fault.verdict,
            "host_scope": fault.host_scope,
            "decoy_for": list(fault.decoy_for),
            "hosts": self.hosts,
            "router": fault.router,
            "edge": {key: value for key, value in dataclasses.asdict(self.SCENARIO.edge).items()},
        }

    # As a scenario's module

    def origin(self, lab) -> None:
        self.lab = lab
        self.plan_noise()
        self.fault.build(self)

    def traffic(self, lab) -> list:
        for request in self.requests:
            if request.host == settings.HOST:
                # A visitor stays with a host, so that connections are used again.
                request.host = self.hosts[zlib.crc32(request.visitor.address.encode()) % len(self.hosts)]
            if request.origin == settings.ORIGIN_LAB:
                request.origin = self.origins.get(request.host, settings.ORIGIN_LAB)
        return self.requests

    def during(self, lab) -> None:
        if self.act:
            self.act(lab)

    # For builders

    def tls_hosts(self) -> list[TlsHost]:
        """Certificates for the hosts, where this recording speaks TLS."""
        if self.transport == "plain":
            return []
        self.authority = self.authority or Authority(self.lab)
        hosts = []
        for name in self.hosts:
            self.authority.leaf(name)
            hosts.append(TlsHost(name, f"{self.authority.folder}/{name}"))
        return hosts

    def site(self, paths: dict[str, Behaviour] | None = None, front: Front | None = None, delay_s: float = 0.0, **application) -> Site:
        front = front or Front()
        front.tls = front.tls or self.tls_hosts()
        if self.transport == "h2":
            front.alpn = front.alpn or ("h2", "http/1.1")
        return Site(self.lab, self.family, Shop(paths or {}, delay_s), front, **application)

    def browse(self, count: int | None = None, seconds: float = 7.0, **changes) -> list:
        """Healthy visitors."""
        self.requests += self.lab.traffic.browse(count or self.rng.randrange(220, 380), seconds, **changes)
        return self.requests

    def faulty(
        self, paths: list[str] | None = None, count: int | None = None, seconds: float = 6.5, slug: str | None = "", start: float = 0.2, **changes
    ) -> None:
        """Requests that meet the fault."""
        fault = self.fault.slug if slug == "" else slug
        each = self.lab.traffic.sprinkle(
            count or self.rng.randrange(12, 34), seconds, paths or self.paths[:2], fault, start=start, cache_hit=False, **changes
        )
        for number, request in enumerate(each):
            request.path += self.rng.choice(["", "", f"?id={self.rng.randrange(1, 99)}"])
        self.requests += each

    def lull(self, begin: float, end: float) -> None:
        """Nobody asks in between: what arrives as a server stops would fail by another cause."""
        self.requests = [request for request in self.requests if not begin < request.at < end]

    def plan_noise(self) -> None:
        rng, port = self.rng, 443 if self.transport != "plain" else 80
        kinds = rng.sample(["scan", "closed", "rubbish", "health", "internal"], rng.choice([0, 1, 2, 3]))
        for second in range(1, 7):
            at = second + rng.random() * 0.8
            for kind in kinds:
                self.noise.append((at, self._noise_of(kind, port)))
        self.noise.sort(key=lambda pair: pair[0])

    def _noise_of(self, kind: str, port: int) -> Callable:
        host, internal = self.hosts[0], list(settings.BYSTANDERS)[2]
        plain = {
            "health": lambda: internal_request("/", bystanders.HEALTH_CHECKER, port, host),
            "internal": lambda: internal_request("/product/7", internal, port, host),
        }
        both = {
            "scan": lambda: bystanders.scan(port),
            "closed": bystanders.probe_closed_port,
            "rubbish": lambda: bystanders.send_rubbish(b"\x16\x03\x01\x00\x05hello\r\n\r\n", port),
        }
        return both.get(kind) or (plain[kind] if port == 80 else both["scan"])
