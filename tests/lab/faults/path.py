"""Faults on the way to the origin: ranges that a firewall turns away, routes, devices, and a wrong address."""

from lab import firewall, settings
from lab.app import PAGE, page
from lab.kernel import KernelLog
from lab.shop import Behaviour

from .fault import Fault
from .reaching import ANY, HOST

RANGES = {
    "172.64.0.0/13": settings.RANGE_172_64,
    "162.158.0.0/15": settings.edges_in("162.158."),
    "141.101.64.0/18": settings.edges_in("141.101."),
    "104.16.0.0/13": settings.edges_in("104."),
    "108.162.192.0/18": settings.edges_in("108.162."),
}


def ranges(run) -> list:
    """One or two published ranges, not so many that hardly any request gets through."""
    names = run.rng.sample(sorted(RANGES), run.rng.choice([1, 1, 2]))
    return [edge for name in names for edge in RANGES[name]]


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
    run.requests += [
        traffic.request(run.rng.random() * 7, origin=address, fresh=True, cache_hit=False, fault="wrong-origin-address")
        for _ in range(run.rng.randrange(20, 50))
    ]


FAULTS = [
    Fault(
        "firewall-drop",
        "firewall-drop",
        ANY,
        range_dropped,
        "The origin's firewall drops some of the edge's ranges.",
        collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"},
        **HOST,
    ),
    Fault(
        "firewall-drop-before",
        "firewall-drop",
        ANY[:5],
        range_dropped_before,
        "A firewall before the capture point drops some of the edge's ranges.",
        collateral={"connect_timeout": "firewall-drop", "not_acknowledged": "firewall-drop"},
        **HOST,
    ),
    Fault(
        "firewall-reset",
        "firewall-reset",
        ANY,
        range_rejected,
        "The origin's firewall rejects some of the edge's ranges.",
        collateral={
            "connect_refused": "firewall-reset",
            "reset": "firewall-reset",
            "unreachable": "firewall-reset",
            "not_acknowledged": "firewall-reset",
        },
        **HOST,
    ),
    Fault(
        "return-path-broken",
        "return-path-broken",
        ANY[:6],
        answers_astray,
        "Answers to one of the edge's ranges go astray.",
        verdict="path",
        collateral={"connect_timeout": "return-path-broken", "not_acknowledged": "return-path-broken"},
        **HOST,
    ),
    Fault(
        "host-unreachable",
        "host-unreachable",
        ANY[:5],
        link_down,
        "The router before the origin cannot reach it and says so.",
        verdict="path",
        router=True,
        transports=("plain",),
        collateral={"*": "host-unreachable"},
        edge={"fresh_share": 0.35},
        **HOST,
    ),
    Fault(
        "mtu-black-hole",
        "mtu-black-hole",
        ("nginx", "apache", "python", "node", "haproxy"),
        small_tunnel,
        "Large packets towards some edges vanish.",
        verdict="path",
        transports=("plain",),
        collateral={"read_timeout": "mtu-black-hole", "truncated_body": "mtu-black-hole"},
        **HOST,
    ),
    Fault(
        "packet-loss",
        "packet-loss",
        ("nginx", "apache+files", "python", "node", "haproxy"),
        lossy,
        "The way to some data centres loses half of all packets.",
        verdict="path",
        transports=("plain",),
        collateral={"*": "packet-loss"},
        **HOST,
    ),
    Fault(
        "middlebox-reset",
        "middlebox-reset",
        ("nginx", "apache", "haproxy", "python", "node"),
        reset_on_the_way,
        "A device on the way resets connections over a word.",
        verdict="path",
        transports=("plain",),
    ),
    Fault(
        "wrong-origin-address",
        "wrong-origin-address",
        ANY,
        stale_record,
        "A stale record sends some requests to an address that is not the origin's.",
        verdict="edge",
    ),
]
EXCLUSIVE = ()
