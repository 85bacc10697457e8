"""Every number and address that the lab chooses, in one place.

The edge's long timers are scaled down so that a run ends within seconds. The program under test is never told:
it has to find the timers in the data.
"""
from dataclasses import dataclass

# Timers of the edge. The comment gives the value that the real edge uses (docs/edge.md, "Timers").
CONNECT_TIMEOUT_S = 3.4       # 19 s: long enough here for the first SYN and three repeats
ACKNOWLEDGE_TIMEOUT_S = 3.0   # 90 s until the request is acknowledged
READ_TIMEOUT_S = 3.0          # 125 s until the response head
IDLE_TIMEOUT_S = 30.0         # 900 s that an idle connection stays in the pool
HANDSHAKE_TIMEOUT_S = 3.0     # TLS handshake

HEADER_BLOCK_LIMIT = 128 * 1024   # response header block that the edge takes
HEADER_COUNT_LIMIT = 256
RETRY_BODY_LIMIT = 64 * 1024      # a larger request body cannot be sent a second time

# Traffic
WORKERS = 80                  # visitors that are served at the same time
FRESH_SHARE = 0.12            # requests for which the edge opens a new connection although one is idle
CACHE_HIT_SHARE = 0.5         # of the static files: answered by the edge's cache, the origin is not asked

HOST = "shop.example"
LAB_NETWORK = "10.77."
ORIGIN_LAB = "10.77.0.7"
GATEWAY_LAB = "10.77.0.1"
ROUTER_LAB = "10.77.4.1"               # where a scenario has a router in front of the origin: its side towards the edge
UPSTREAM_LAB = "10.77.4.2"             # the next hop from there
EDGE_NETWORKS = ["10.77.1.0/24", "10.77.2.0/24"]
ORIGIN_SHOWN = "203.0.113.7"
SECOND_ORIGIN_LAB = "10.77.0.8"       # where an origin has a second address
FORMER_ORIGIN_LAB = "10.77.0.9"       # a stale DNS record still names it; nobody is there
ORIGIN_MAC = "02:00:5e:00:53:07"
GATEWAY_MAC = "02:00:5e:00:53:01"
ROUTER_MAC = "02:00:5e:00:53:04"


@dataclass(frozen=True)
class EdgeAddress:
    """One address of the edge: as it is inside the namespaces, and as the incident shows it."""
    lab: str
    shown: str
    colo: str
    colo_id: int
    delay_s: float   # one way, towards the origin
    hops: int


def _edges() -> list[EdgeAddress]:
    """Addresses by data centre. Each belongs to one data centre, and to one published range."""
    table = [
        # colo, id, one-way delay, hops, shown addresses
        ("FRA", 29, 0.002, 7, ["172.68.10.9", "172.68.10.77", "162.158.84.5"]),
        ("AMS", 20, 0.004, 8, ["162.158.233.17", "141.101.76.30"]),
        ("LHR", 21, 0.006, 9, ["141.101.98.12", "141.101.99.71", "172.70.85.140"]),
        ("IAD", 17, 0.020, 12, ["104.23.197.8", "172.71.22.44"]),
        ("SJC", 12, 0.032, 13, ["108.162.245.71", "172.69.33.4"]),
        ("SIN", 37, 0.040, 14, ["162.158.166.40", "104.22.56.201"]),
    ]
    edges = []
    for colo, colo_id, delay, hops, addresses in table:
        for shown in addresses:
            edges.append(EdgeAddress(f"10.77.1.{10 + len(edges)}", shown, colo, colo_id, delay, hops))
    return edges


EDGES = _edges()


def edges_in(*prefixes: str) -> list[EdgeAddress]:
    """The edge addresses whose shown address starts with one of these texts."""
    return [edge for edge in EDGES if edge.shown.startswith(prefixes)]


# The lab's addresses inside the published range 172.64.0.0/13.
RANGE_172_64 = edges_in("172.64.", "172.65.", "172.66.", "172.67.", "172.68.", "172.69.", "172.70.", "172.71.")

# Sources that are not the edge: they stand in captures and logs as bystanders.
BYSTANDERS = {"10.77.2.11": "198.51.100.23", "10.77.2.12": "198.51.100.180", "10.77.2.13": "192.0.2.66"}

# Sources of a SYN flood. They exist nowhere: what the origin answers them is lost.
FLOODERS = [f"10.77.3.{number}" for number in range(1, 200)]

# What stands in the incident for each address of the lab.
SHOWN = {edge.lab: edge.shown for edge in EDGES} | BYSTANDERS | {ORIGIN_LAB: ORIGIN_SHOWN, GATEWAY_LAB: "203.0.113.1",
                                                               FORMER_ORIGIN_LAB: "203.0.113.90", SECOND_ORIGIN_LAB: "203.0.113.8", ROUTER_LAB: "192.0.2.1"}
SHOWN |= {address: "198.51.100." + address.rpartition(".")[2] for address in FLOODERS}


@dataclass
class EdgeBehaviour:
    """What a scenario may change in the edge."""
    retry: bool = True                 # a failed reused connection is tried again on a new one
    refuse_bare_lf: bool = False       # lines that end with LF alone are refused
    refuse_duplicates: bool = False    # an answer with a second Content-Type, Location or Transfer-Encoding is refused
    tls: bool = False
    strict: bool = False               # Full (strict): the certificate must be valid
    tls_maximum: str = "1.3"           # "1.2" keeps certificates and alerts readable in a capture
    fresh_share: float = FRESH_SHARE
    read_timeout_s: float = READ_TIMEOUT_S
    port: int | None = None            # else 80 or 443
    one_way_delay_s: float | None = None   # the same for every data centre
    alpn: tuple = ()                   # protocols offered in the handshake for `alpn_host`
    alpn_host: str = ""
    http2: bool = False                # HTTP/2 is offered before HTTP/1.1, and spoken where the origin takes it
    keylog: bool = False               # the incident holds the TLS secrets of the edge's connections
