"""Faults of reaching the origin that are the origin's own: nothing listens, nothing answers, a queue or a table is full."""

from lab import firewall, settings
from lab.front import Front
from lab.kernel import KernelLog

from .fault import Fault

ANY = ("python", "nginx", "apache+files", "haproxy", "caddy", "node", "nginx+php", "gunicorn")
SYN = "tcp flags syn / syn,ack"


def down_for_good(run) -> None:
    site, at = run.site(), run.rng.uniform(3.5, 5.0)
    run.browse(seconds=8)
    run.lull(at - 0.3, at + 0.6)

    def act(lab):
        lab.at(at)
        site.edge_side.stop()

    run.act = act


def restarted(run) -> None:
    site, at = run.site(), run.rng.uniform(3.0, 4.5)
    down = run.rng.uniform(0.8, 2.2)
    run.browse(seconds=8.5)

    def act(lab):
        lab.at(at)
        site.edge_side.stop()
        lab.at(at + down)
        site.edge_side.start()

    run.act = act


def filtered(match_all: str):
    """Every new connection meets this verdict for a while."""

    def build(run) -> None:
        run.site()
        begin, end = run.rng.uniform(1.0, 2.0), run.rng.uniform(7.5, 9.0)
        run.browse(seconds=8)

        def act(lab):
            port = 443 if run.transport != "plain" else 80
            lab.namespaces.write("origin", "/proc/sys/net/ipv4/icmp_ratelimit", "0")  # else some of the refusals are silent
            lab.at(begin)
            firewall.drop(lab, f"tcp dport {port} {SYN}", match_all)
            lab.at(end)
            firewall.allow(lab)

        run.act = act

    return build


def flooded(run) -> None:
    lab = run.lab
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/tcp_syncookies", "0")
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/tcp_max_syn_backlog", "256")
    lab.serve(KernelLog(lab, "SYN flooding"))
    run.site(front=Front(backlog=64), **({"backlog": 64} if run.family in ("python", "node", "gunicorn") else {}))
    run.browse(seconds=8)
    begin, end = run.rng.uniform(2, 3), run.rng.uniform(6, 7.5)

    def act(lab):
        lab.at(begin)
        lab.relay.order(flood=400)
        lab.at(end)
        lab.relay.order(flood=0)

    run.act = act


def table_full(run) -> None:
    """Every new connection is dropped before TCP sees it, and the kernel's line is written in its own form: the table is the machine's, not the lab's."""
    run.site()
    run.browse(seconds=8)
    begin, end, lines = run.rng.uniform(2, 3.5), run.rng.uniform(6, 8), []
    if run.rng.random() < 0.75:
        run.lab.served.append(_KernelLines(run.lab, lines))

    def act(lab):
        import time

        port = 443 if run.transport != "plain" else 80
        lab.at(begin)
        firewall.drop(lab, f"tcp dport {port} {SYN}")
        at = begin
        while at < end:
            lab.at(at)
            now = time.time()
            stamp, up = time.strftime("%b %e %H:%M:%S", time.gmtime(now)), time.clock_gettime(time.CLOCK_MONOTONIC)
            lines.extend([f"{stamp} web1 kernel: [{up:13.6f}] nf_conntrack: nf_conntrack: table full, dropping packet"] * run.rng.choice([1, 2, 3]))
            at += run.rng.uniform(0.2, 0.9)
        firewall.allow(lab)

    run.act = act


class _KernelLines:
    def __init__(self, lab, lines):
        self.lab, self.lines = lab, lines

    def keep(self) -> None:
        self.lab.keep_lines(self.lines, "origin/syslog")


def queue_full(run) -> None:
    lab, backlog = run.lab, 15
    site = run.site(front=Front(backlog=backlog, workers=1), **({"backlog": backlog} if run.family in ("python", "node", "gunicorn") else {}))
    far = settings.edges_in("162.158.166.", "104.22.")
    run.browse(seconds=8.5)
    run.requests += [lab.traffic.request(3.01, fresh=True, cache_hit=False, edge=settings.EDGES[0]) for _ in range(12)]
    run.requests += [lab.traffic.request(2.98, fresh=True, cache_hit=False, edge=run.rng.choice(far)) for _ in range(12)]
    # What is being answered as it stalls would fail by another cause.
    run.requests = [request for request in run.requests if not 2.6 < request.at < 2.97]

    def act(lab):
        lab.at(2.96)
        site.stall(True)
        lab.at(5)
        lab.keep_output("origin/ss-ltn.txt", "ss", "-ltn")
        lab.at(7.3)
        lab.keep_output("origin/nstat.txt", "nstat", "-az", "TcpExtListenOverflows", "TcpExtListenDrops", "TcpPassiveOpens")
        site.stall(False)

    run.act = act


REFUSED = {"connect_refused": "connect-refused"}
HOST = {"host_scope": True}
FAULTS = [
    Fault(
        "connect-refused",
        "connect-refused",
        ANY + ("uwsgi",),
        down_for_good,
        "The server program ends and nobody starts it.",
        collateral=REFUSED,
        edge={"fresh_share": 0.3},
        **HOST,
    ),
    Fault(
        "connect-refused-icmp",
        "connect-refused",
        ANY[:4],
        filtered("reject with icmp port-unreachable"),
        "New connections are rejected with ICMP, whoever asks.",
        collateral=REFUSED,
        edge={"fresh_share": 0.35},
        **HOST,
    ),
    Fault(
        "restart-window",
        "restart-window",
        ("nginx", "apache", "haproxy", "caddy", "node", "gunicorn", "nginx+files"),
        restarted,
        "The server program is stopped and started again.",
        collateral={"*": "restart-window"},
        edge={"fresh_share": 0.3},
        **HOST,
    ),
    Fault(
        "connect-timeout",
        "connect-timeout",
        ANY,
        filtered("drop"),
        "No SYN is answered for some seconds, whoever sends it.",
        collateral={"connect_timeout": "connect-timeout"},
        edge={"fresh_share": 0.35},
        **HOST,
    ),
    Fault(
        "syn-flood",
        "syn-flood",
        ("python", "nginx", "node", "haproxy"),
        flooded,
        "Half-open connections from everywhere fill the queue.",
        transports=("plain",),
        collateral={"connect_timeout": "syn-flood"},
        edge={"fresh_share": 0.3},
        **HOST,
    ),
    Fault(
        "conntrack-full",
        "conntrack-full",
        ANY[:6],
        table_full,
        "The connection-tracking table is full.",
        collateral={"connect_timeout": "conntrack-full"},
        edge={"fresh_share": 0.35},
        **HOST,
    ),
    Fault(
        "accept-queue-overflow",
        "accept-queue-overflow",
        ("python", "nginx", "node", "haproxy", "caddy"),
        queue_full,
        "The server program stalls and its short listen queue runs full.",
        transports=("plain",),
        collateral={"connect_timeout": "accept-queue-overflow", "not_acknowledged": "accept-queue-overflow", "read_timeout": "accept-queue-overflow"},
        edge={"fresh_share": 1.0},
        **HOST,
    ),
]
EXCLUSIVE = ("syn-flood",)
