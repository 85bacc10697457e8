"""Faults of reaching the origin: TCP and IP."""
from lab import firewall, settings
from lab.app import PAGE, page
from lab.front import Front
from lab.kernel import KernelLog
from lab.shop import Behaviour

from .fault import Fault

ANY = ("python", "nginx", "apache+files", "haproxy", "caddy", "node", "nginx+php", "gunicorn")
RANGES = {"172.64.0.0/13": settings.RANGE_172_64, "162.158.0.0/15": settings.edges_in("162.158."),
          "141.101.64.0/18": settings.edges_in("141.101."), "104.16.0.0/13": settings.edges_in("104."), "108.162.192.0/18": settings.edges_in("108.162.")}
SYN = "tcp flags syn / syn,ack"


def ranges(run) -> list:
    """One or two published ranges, not so many that hardly any request gets through."""
    names = run.rng.sample(sorted(RANGES), run.rng.choice([1, 1, 2]))
    return [edge for name in names for edge in RANGES[name]]


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
            lab.namespaces.write("origin", "/proc/sys/net/ipv4/icmp_ratelimit", "0")   # else some of the refusals are silent
            lab.at(begin)
            firewall.drop(lab, f"tcp dport {port} {SYN}", match_all)
            lab.at(end)
            firewall.allow(lab)
        run.act = act
    return build


def range_dropped(run) -> None:
    run.site()
    blocked, at, logged = ranges(run), run.rng.choice([0.0, run.rng.uniform(2, 5)]), run.rng.random() < 0.5
    mark = f"[UFW BLOCK {run.lab.folder[-5:]}] "
    if logged:
        run.lab.serve(KernelLog(run.lab, mark.replace("[", r"\[").replace("]", r"\]"), replace={mark: "[UFW BLOCK] "}))
    run.browse(seconds=8)

    def act(lab):
        lab.at(at)
        match = firewall.sources(blocked)
        rule = f' limit rate 20/second log prefix "{mark}"; add rule inet lab input {match}' if logged else ""
        firewall.drop(lab, match + rule)
    run.act = act


def range_dropped_before(run) -> None:
    run.site()
    blocked, at = ranges(run), run.rng.choice([0.0, run.rng.uniform(2, 4)])
    run.browse(seconds=8)

    def act(lab):
        lab.at(at)
        lab.relay.order(drop_to_origin=[edge.lab for edge in blocked])
    run.act = act


def range_rejected(run) -> None:
    run.site()
    blocked, at = ranges(run), run.rng.choice([0.0, run.rng.uniform(2, 5)])
    how = run.rng.choice([(), ("--reject-with", "tcp-reset"), ("--reject-with", "icmp-admin-prohibited"), ("--reject-with", "tcp-reset")])
    run.browse(seconds=7.5)

    def act(lab):
        lab.namespaces.write("origin", "/proc/sys/net/ipv4/icmp_ratelimit", "0")
        lab.at(at)
        firewall.reject(lab, blocked, *how)
    run.act = act


def answers_astray(run) -> None:
    run.site()
    at = run.rng.choice([0.0, run.rng.uniform(2, 5)])
    run.browse(seconds=8)

    def act(lab):
        lab.at(at)
        lab.relay.order(drop_to_edge=[edge.lab for edge in settings.RANGE_172_64])
    run.act = act


def link_down(run) -> None:
    run.site()
    run.lab.namespaces.write("router", "/proc/sys/net/ipv4/neigh/eth1/retrans_time_ms", "300")
    run.browse(seconds=9)
    begin, no_route = run.rng.uniform(2.5, 4), run.rng.random() < 0.5
    route = ["10.77.0.0/24", "dev", "eth1", "src", settings.GATEWAY_LAB]

    def act(lab):
        lab.at(begin)
        lab.namespaces.run(*(("router", "ip", "route", "del", *route) if no_route else ("origin", "ip", "link", "set", "eth0", "down")))
        lab.at(begin + 3.5)
        if no_route:
            lab.namespaces.run("router", "ip", "route", "add", *route)
        else:
            lab.namespaces.address_origin()
    run.act = act


def small_tunnel(run) -> None:
    run.site({run.paths[0]: Behaviour("raw", page(body=PAGE * 5), "keep")})
    run.browse(200, 7)
    run.faulty(run.paths[:1], 140, slug=None)
    far = [edge.lab for edge in run.rng.choice([ranges(run), settings.edges_in("108.162.", "172.69.", "104.22.", "162.158.166.")])]
    run.lab.relay.order(largest_to_edge=1300, loss_for=far)


def lossy(run) -> None:
    run.site()
    run.browse(seconds=8)
    far = [edge.lab for edge in run.rng.choice([ranges(run), settings.edges_in("108.162.", "172.69.", "104.22.", "162.158.166.")])]
    run.lab.relay.order(loss=run.rng.uniform(0.4, 0.6), loss_for=far)


def reset_on_the_way(run) -> None:
    run.site()
    word = run.rng.choice(["torrent", "casino", "proxy-list"])
    run.lab.relay.order(reset_on=f"GET /product/{word}")
    run.browse()
    run.faulty([f"/product/{word}", f"/product/{word}-lamp"])


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


def stale_record(run) -> None:
    run.site()
    run.browse()
    refused = run.rng.random() < 0.5
    address = settings.FORMER_ORIGIN_LAB
    if refused:
        address = settings.SECOND_ORIGIN_LAB
        run.origins = {host: settings.ORIGIN_LAB for host in run.hosts}
        run.lab.namespaces.run("origin", "iptables", "-A", "INPUT", "-d", address, "-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset")
    traffic = run.lab.traffic
    run.requests += [traffic.request(run.rng.random() * 7, origin=address, fresh=True, cache_hit=False, fault="wrong-origin-address") for _ in range(run.rng.randrange(20, 50))]


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
    Fault("connect-refused", "connect-refused", ANY + ("uwsgi",), down_for_good, "The server program ends and nobody starts it.", collateral=REFUSED, edge={"fresh_share": 0.3}, **HOST),
    Fault("connect-refused-icmp", "connect-refused", ANY[:4], filtered("reject with icmp port-unreachable"), "New connections are rejected with ICMP, whoever asks.",
          collateral=REFUSED, edge={"fresh_share": 0.35}, **HOST),
    Fault("restart-window", "restart-window", ("nginx", "apache", "haproxy", "caddy", "node", "gunicorn", "nginx+files"), restarted, "The server program is stopped and started again.",
          collateral={"*": "restart-window"}, edge={"fresh_share": 0.3}, **HOST),
    Fault("connect-timeout", "connect-timeout", ANY, filtered("drop"), "No SYN is answered for some seconds, whoever sends it.",
          collateral={"connect_timeout": "connect-timeout"}, edge={"fresh_share": 0.35}, **HOST),
    Fault("firewall-drop", "firewall-drop", ANY, range_dropped, "The origin's firewall drops some of the edge's ranges.",
          collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"}, **HOST),
    Fault("firewall-drop-before", "firewall-drop", ANY[:5], range_dropped_before, "A firewall before the capture point drops some of the edge's ranges.",
          collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"}, **HOST),
    Fault("firewall-reset", "firewall-reset", ANY, range_rejected, "The origin's firewall rejects some of the edge's ranges.",
          collateral={"connect_refused": "firewall-reset", "reset": "firewall-reset", "unreachable": "firewall-reset", "not_acknowledged": "firewall-reset"}, **HOST),
    Fault("return-path-broken", "return-path-broken", ANY[:6], answers_astray, "Answers to one of the edge's ranges go astray.", verdict="path",
          collateral={"connect_timeout": "return-path-broken", "not_acknowledged": "return-path-broken"}, **HOST),
    Fault("host-unreachable", "host-unreachable", ANY[:5], link_down, "The router before the origin cannot reach it and says so.", verdict="path", router=True,
          transports=("plain",), collateral={"*": "host-unreachable"}, edge={"fresh_share": 0.35}, **HOST),
    Fault("mtu-black-hole", "mtu-black-hole", ("nginx", "apache", "python", "node", "haproxy"), small_tunnel, "Large packets towards some edges vanish.", verdict="path",
          transports=("plain",), collateral={"read_timeout": "mtu-black-hole", "truncated_body": "mtu-black-hole"}, **HOST),
    Fault("packet-loss", "packet-loss", ("nginx", "apache+files", "python", "node", "haproxy"), lossy, "The way to some data centres loses half of all packets.", verdict="path",
          transports=("plain",), collateral={"*": "packet-loss"}, **HOST),
    Fault("middlebox-reset", "middlebox-reset", ("nginx", "apache", "haproxy", "python", "node"), reset_on_the_way, "A device on the way resets connections over a word.", verdict="path",
          transports=("plain",)),
    Fault("syn-flood", "syn-flood", ("python", "nginx", "node", "haproxy"), flooded, "Half-open connections from everywhere fill the queue.",
          transports=("plain",), collateral={"connect_timeout": "syn-flood"}, edge={"fresh_share": 0.3}, **HOST),
    Fault("conntrack-full", "conntrack-full", ANY[:6], table_full, "The connection-tracking table is full.",
          collateral={"connect_timeout": "conntrack-full"}, edge={"fresh_share": 0.35}, **HOST),
    Fault("wrong-origin-address", "wrong-origin-address", ANY, stale_record, "A stale record sends some requests to an address that is not the origin's.", verdict="edge"),
    Fault("accept-queue-overflow", "accept-queue-overflow", ("python", "nginx", "node", "haproxy", "caddy"), queue_full, "The server program stalls and its short listen queue runs full.",
          transports=("plain",), collateral={"connect_timeout": "accept-queue-overflow", "not_acknowledged": "accept-queue-overflow", "read_timeout": "accept-queue-overflow"},
          edge={"fresh_share": 1.0}, **HOST),
]
EXCLUSIVE = ("syn-flood",)
