"""Visitors and what they ask for: the traffic that a scenario mixes its faults into."""
import random
from dataclasses import dataclass, field

from . import settings

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
]
COUNTRIES = {"FRA": ("DE", 3320), "AMS": ("NL", 1136), "LHR": ("GB", 2856), "IAD": ("US", 7922),
             "SJC": ("US", 7018), "SIN": ("SG", 3758)}
STATIC = ["/static/app.css", "/static/app.js", "/static/logo.svg", "/static/hero.jpg"]


@dataclass
class Visitor:
    address: str
    port: int
    country: str
    network: int      # autonomous system number
    agent: str
    colo: str
    cookies: str


@dataclass
class Request:
    """One visitor request. `fault` is the catalogue slug that is put in with it, if any."""
    at: float                      # seconds after the traffic begins
    ray: str
    visitor: Visitor
    edge: settings.EdgeAddress
    method: str = "GET"
    path: str = "/"
    body: bytes = b""
    host: str = settings.HOST
    headers: dict = field(default_factory=dict)
    cookies: str | None = None     # else the visitor's
    fault: str | None = None
    fresh: bool = False            # the edge opens a new connection
    reuse_at_idle_s: float | None = None   # the edge sends it when a pooled connection was idle for so long
    leave_after_s: float | None = None     # the visitor leaves
    cache_hit: bool = False        # the edge's cache answers
    edge_status: int | None = None    # the edge answers with this status and does not ask the origin
    security_action: str = ""         # what the edge's own rules did
    origin: str = settings.ORIGIN_LAB
    source: str = "eyeball"
    chunked: bool = False          # the body goes to the origin in chunks, without a length
    edge_code: int = 0             # 1xxx, where the edge's own page has one
    worker_status: str = "unknown"

    @property
    def framed_body(self) -> bytes:
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.body), self.body) if self.chunked else self.body

    @property
    def name(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


class Traffic:
    """Makes requests. The same seed makes the same requests, rays and times."""

    def __init__(self, seed: str, fresh_share: float = settings.FRESH_SHARE):
        self.rng = random.Random(seed)
        self.fresh_share = fresh_share
        self.visitors = [self._visitor(number) for number in range(36)]

    def _visitor(self, number: int) -> Visitor:
        colo = self.rng.choice(list(COUNTRIES))
        country, network = COUNTRIES[colo]
        cookies = f"sid={self.rng.getrandbits(128):032x}; consent=1; _ga=GA1.2.{self.rng.randrange(10**9)}.1794902461"
        block = self.rng.choice(["198.51.100.", "192.0.2."])
        return Visitor(f"{block}{100 + number}", self.rng.randrange(20000, 60000), country, network,
                       self.rng.choice(AGENTS), colo, cookies)

    def ray(self) -> str:
        return f"9f{self.rng.getrandbits(56):014x}"

    def request(self, at: float, **changes) -> Request:
        """One request at a time, by a visitor of its own choice unless one is given."""
        visitor = changes.pop("visitor", None) or self.rng.choice(self.visitors)
        edge = self.rng.choice([edge for edge in settings.EDGES if edge.colo == visitor.colo])
        method, path, body = self._what()
        request = Request(at, self.ray(), visitor, edge, method, path, body,
                          fresh=self.rng.random() < self.fresh_share)
        request.cache_hit = path in STATIC and "path" not in changes and self.rng.random() < settings.CACHE_HIT_SHARE
        if "path" in changes:
            request.method, request.body = "GET", b""
        for key, value in changes.items():
            if not hasattr(request, key):
                raise AttributeError(key)
            setattr(request, key, value)
        if "edge" in changes and "visitor" not in changes:
            request.visitor = self.rng.choice([one for one in self.visitors if one.colo == request.edge.colo]
                                              or self.visitors)
        return request

    def _what(self) -> tuple[str, str, bytes]:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.12:
            return "GET", "/", b""
        if draw < 0.45:
            return "GET", f"/product/{rng.randrange(100, 999)}", b""
        if draw < 0.63:
            return "GET", rng.choice(STATIC), b""
        if draw < 0.80:
            return "GET", f"/api/items?page={rng.randrange(1, 40)}&sort=price", b""
        if draw < 0.84:
            return "HEAD", "/", b""
        if draw < 0.92:
            return "POST", "/api/cart", f'{{"product":{rng.randrange(100, 999)},"count":1}}'.encode()
        if draw < 0.95:
            return "POST", "/api/search", ('{"text":"' + "lamp " * rng.randrange(40, 300) + '"}').encode()
        if draw < 0.98:
            return "GET", "/cart", b""
        return "GET", rng.choice(["/favicon.ico", "/robots.txt", "/wp-login.php"]), b""

    def browse(self, count: int, seconds: float, start: float = 0.0, **changes) -> list[Request]:
        """`count` requests spread over `seconds`."""
        return [self.request(start + self.rng.random() * seconds, **changes) for _ in range(count)]

    def waves(self, seconds: list[float], idle_s: float, one_way_s: float, each: int = 26, **changes) -> list[Request]:
        """Waves of requests, each begun at one of `seconds`, on connections that were idle for almost `idle_s`.

        They cross the close of an origin that waits for `idle_s`: a request races it when it is sent before the FIN
        arrives at the edge and arrives after the close, thus within two ways before `idle_s` is over. Ordinary
        requests before each wave fill the pool.
        """
        requests = []
        for second in seconds:
            requests += self.browse(60, 1.5, start=second + 0.2 - idle_s)
            requests += [self.request(second + self.rng.random(), fresh=False, cache_hit=False, **changes,
                                      reuse_at_idle_s=idle_s + self.rng.uniform(-2.2, 0.3) * one_way_s) for _ in range(each)]
        return requests

    def sprinkle(self, count: int, seconds: float, paths: list[str], fault: str, start: float = 0.0, **changes) -> list[Request]:
        """`count` requests for `paths`, in turn, that carry a fault."""
        return [self.request(start + self.rng.random() * seconds, path=paths[number % len(paths)], fault=fault, **changes)
                for number in range(count)]
