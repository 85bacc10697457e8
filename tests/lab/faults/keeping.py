"""Faults of keeping the connection."""

from lab import settings
from lab.front import Front

from .fault import Fault

ONE_WAY_S = 0.06


def race(retry: bool):
    def build(run) -> None:
        idle, run.hosts = run.rng.choice([2, 3]), run.hosts[:1]
        application = {"workers": 2, "threads": 24, "keepalive_s": idle} if run.family == "gunicorn" else {}
        run.site(front=Front(keepalive_s=idle), **application)
        run.browse(run.rng.randrange(150, 220), 2.5)
        idle += run.family == "node"  # Node waits a second longer than it is told
        run.requests += run.lab.traffic.waves([idle + 2.5, 2 * idle + 4.0], idle, ONE_WAY_S, **({"path": "/product/7"} if retry else {}))
        if retry:
            for request in run.requests:
                request.fresh = request.fresh or request.method == "POST"

    return build


def capped(run) -> None:
    cap, run.hosts = run.rng.choice([6, 8, 10, 12]), run.hosts[:1]
    if run.family == "node":
        run.site(cap=cap)
    else:
        site = run.site(start=False)
        answer = site.shop.answer
        site.application.answer = lambda asked: _last(answer(asked)) if asked.number == cap else answer(asked)
        run.lab.serve(*site.servers)
    busy = settings.edges_in("172.68.10.9", "141.101.76.", "104.23.")
    run.requests += [run.lab.traffic.request(run.rng.random() * 7, edge=run.rng.choice(busy), cache_hit=False) for _ in range(480)]


def _last(reply):
    reply.then, reply.pause_s = "close", 0.08
    return reply


BROKEN = {"retry": False, "one_way_delay_s": ONE_WAY_S, "fresh_share": 0.05}
FAULTS = [
    Fault(
        "keepalive-race",
        "keepalive-race",
        ("nginx", "apache", "node", "haproxy", "caddy", "gunicorn", "nginx+php"),
        race(False),
        "The origin's idle timeout is shorter than the edge's.",
        transports=("plain", "plain", "tls13"),
        edge=BROKEN,
        collateral={"closed": "keepalive-race", "reset": "keepalive-race", "goaway": "keepalive-race"},
    ),
    Fault(
        "healthy-retries",
        None,
        ("nginx", "apache", "node", "haproxy"),
        race(True),
        "Idle connections close under requests, and each second attempt succeeds.",
        transports=("plain",),
        edge={"one_way_delay_s": ONE_WAY_S, "fresh_share": 0.05},
        decoy_for=("keepalive-race",),
    ),
    Fault(
        "keepalive-request-cap",
        "keepalive-request-cap",
        ("python", "node", "haproxy-tcp"),
        capped,
        "The origin closes after a fixed number of requests without a word.",
        transports=("plain",),
        edge=BROKEN | {"fresh_share": 0.0},
        collateral={"closed": "keepalive-request-cap", "reset": "keepalive-request-cap"},
    ),
]
EXCLUSIVE = ()
