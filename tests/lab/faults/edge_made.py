"""Failures that the edge makes by itself. The origin is fine and never hears of them."""

from .fault import Fault

FAMILIES = ("nginx+files", "apache+files", "caddy+files", "python", "haproxy", "node")


def at_edge(*answers: tuple, of_host: bool = False, **changes):
    """Some requests get one of `answers`: (status, code of the page, where it has one)."""

    def build(run) -> None:
        run.site()
        run.browse()
        status, code = run.rng.choice(answers)
        host = {"host": f"new.{run.hosts[0]}"} if of_host else {}
        paths = ["/", "/product/8", "/cart"] if of_host else run.paths[:2]
        before = len(run.requests)
        run.faulty(paths, run.rng.randrange(14, 40), edge_status=status, edge_code=code, **host, **changes)
        for request in run.requests[before:]:
            if "worker_status" in changes:
                request.worker_status = {1101: "unhandledException", 1102: "exceededCpu"}.get(code, "unknown")

    return build


def too_many(run) -> None:
    """One visitor's address asks so often that the edge's own limit answers."""
    at_edge((429, 1015), security_action="block")(run)
    visitor = run.rng.choice(run.lab.traffic.visitors)
    for request in run.requests:
        if request.edge_code == 1015:
            request.visitor = visitor


def outage(run) -> None:
    """Every host and path at once, at some data centres or all, for a while."""
    run.site()
    run.browse()
    begin, length, status = run.rng.uniform(1.5, 3.5), run.rng.uniform(0.8, 2), run.rng.choice([500, 502])
    colos = {request.edge.colo for request in run.requests}
    hit = set(run.rng.sample(sorted(colos), run.rng.choice([1, 1, 2, len(colos)])))
    for request in run.requests:
        if begin < request.at < begin + length and request.edge.colo in hit:
            request.edge_status, request.fault, request.cache_hit = status, "edge-outage", False


EDGE = {"verdict": "edge"}
FAULTS = [
    Fault("edge-dns", "edge-dns", FAMILIES, at_edge((530, 1016), of_host=True), "The edge cannot resolve one host's origin.", **EDGE),
    Fault("tunnel-down", "tunnel-down", FAMILIES, at_edge((530, 1033), of_host=True), "The tunnel of one host is not connected.", **EDGE),
    Fault("edge-queue-full", "edge-queue-full", FAMILIES, at_edge((503, 1200)), "Too many requests wait at the edge for this origin.", **EDGE),
    Fault(
        "edge-block",
        "edge-block",
        FAMILIES,
        at_edge((403, 1020), (403, 0), security_action="block"),
        "A rule at the edge blocks some paths.",
        failing_statuses=(403,),
        **EDGE,
    ),
    Fault("edge-block-limit", "edge-block", FAMILIES, too_many, "A rate limit of the edge answers.", failing_statuses=(429,), **EDGE),
    Fault(
        "edge-worker-error",
        "edge-worker-error",
        FAMILIES,
        at_edge((500, 1101), (503, 1102), worker_status=""),
        "A Worker of the edge fails on some paths.",
        **EDGE,
    ),
    Fault(
        "edge-limits", "edge-limits", FAMILIES, at_edge((413, 0), method="POST"), "Bodies above the plan's limit.", failing_statuses=(413,), **EDGE
    ),
    Fault(
        "edge-limits-name",
        "edge-limits",
        FAMILIES,
        at_edge((409, 1001), (530, 1014), of_host=True),
        "A name that the edge cannot serve.",
        failing_statuses=(409,),
        **EDGE,
    ),
    Fault(
        "edge-unbound-host",
        "edge-unbound-host",
        FAMILIES,
        at_edge((522, 0), of_host=True),
        "A name points to a platform at which it is not bound.",
        **EDGE,
    ),
    Fault("edge-outage", "edge-outage", FAMILIES, outage, "The edge itself fails for a while.", **EDGE),
]
EXCLUSIVE = ()
