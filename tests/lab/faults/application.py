"""Faults of the application and of the host behind the web server."""

import signal

from lab import settings
from lab.front import Front
from lab.kernel import KernelLog, MemoryLimit
from lab.shop import Behaviour, failing_page
from lab.site import PROXIES

from .answers import RAW, raw
from .fault import Fault
from .supervised import Supervised

PHP = ("nginx+php", "apache+php")
PYTHON = ("gunicorn", "uwsgi", "nginx+gunicorn", "nginx+uwsgi", "haproxy+gunicorn", "apache+gunicorn")
NODE = ("node", "nginx+node", "caddy+node")


def says_failure(run) -> None:
    status = run.rng.choice(["500 Internal Server Error", "503 Service Unavailable", "502 Bad Gateway", "504 Gateway Timeout"])
    paths = {
        path: raw(failing_page(status if number else "500 Internal Server Error"), "keep", wait_s=0.02) for number, path in enumerate(run.paths[:2])
    }
    run.site(paths)
    run.browse()
    run.faulty(sorted(paths))


def slow(run) -> None:
    wait = run.rng.choice([4.5, 6.0])
    many = {"workers": 30} if run.family in PYTHON else {"children": 40} if run.family in PHP else {}
    run.site({run.paths[0]: Behaviour("ok", wait_s=wait), run.paths[1]: Behaviour("ok", wait_s=1.2)}, **many)
    run.browse()
    run.faulty(run.paths[:1], 16)
    run.faulty(run.paths[1:2], 8, slug=None)


def crashes(run) -> None:
    site = run.site({run.paths[0]: Behaviour("crash", wait_s=0.02)}, start=False, **({"children": 12} if run.family in PHP else {}))
    supervised = Supervised(run.lab, site.application, "shop-node.service") if run.family in NODE else None
    run.lab.serve(*site.servers, *([supervised] if supervised else []))
    run.browse()
    many = 7 if run.family in NODE else None
    run.faulty(run.paths[:1], many, fresh=True)


def workers_die(run) -> None:
    site = run.site(delay_s=0.15)
    run.browse(seconds=8)
    times = sorted(run.rng.uniform(1.5, 7.5) for _ in range(run.rng.randrange(3, 6)))

    def act(lab):
        for at in times:
            lab.at(at)
            site.kill_workers(run.rng.choice([signal.SIGSEGV, signal.SIGSEGV, signal.SIGABRT]))

    run.act = act


def memory_gone(run) -> None:
    lab = run.lab
    limit = MemoryLimit(lab, "shop", (150 if run.family in NODE else 110) << 20)
    site = run.site(
        {run.paths[0]: Behaviour("memory", wait_s=0.01)},
        start=False,
        **({"children": 4, "pool": "php_admin_value[memory_limit] = -1"} if run.family in PHP else {"workers": 3} if run.family in PYTHON else {}),
    )
    supervised = Supervised(lab, site.application, "shop-node.service", limit) if run.family in NODE else None
    lab.serve(OwnKernelLog(lab, limit.name), limit, site.application)
    for pid in site.application.children() + [site.application.process.pid]:
        limit.add(pid)
    rest = [server for server in site.servers if server is not site.application] + ([supervised] if supervised else [])
    if rest:
        lab.serve(*rest)
    run.browse()
    # One at a time: the kernel must find the guilty worker, not its neighbour.
    run.requests += [lab.traffic.request(0.8 + number * 1.1, path=run.paths[0], fault="oom-kill", fresh=True) for number in range(6)]


class OwnKernelLog(KernelLog):
    """The lines of one control group: several runs may be under way."""

    def __init__(self, lab, group: str):
        super().__init__(lab, r"oom|Out of memory|Killed process", replace={group: "shop"})
        self.group = group

    def stop(self) -> None:
        super().stop()
        kept, killed, asker = [], set(), None
        for line in self.lines:
            if "invoked oom-killer" in line:
                asker = line
            elif "task_memcg=/shop" in line:
                killed.add(line.partition("pid=")[2].partition(",")[0])
                kept += [asker] if asker else []
                kept.append(line)
                asker = None
            elif any(f"process {pid} (" in line for pid in killed) or "/shop" in line:
                kept.append(line)
        self.lines = kept


def busy(run) -> None:
    """Bursts of slow requests take every worker."""
    family, slow_s, each = run.family, 0.9, 18
    front, options = Front(), {}
    if family in PHP:
        options = {"children": 4, "backlog": 6}
    elif family == "nginx":
        front.connections, front.workers, slow_s, each = 40, 1, 1.2, 30
    elif family == "apache":
        front.connections, slow_s, each = 12, 1.6, 40
    elif family == "haproxy":
        front.connections, slow_s, each = 4, 1.2, 26
    else:
        options, slow_s, each = {"workers": 2}, 1.2, 14
    run.site({run.paths[0]: Behaviour("ok", wait_s=slow_s)}, front, **options)
    run.browse(run.rng.randrange(200, 280), 8)
    for second in (1.5, 5.0):
        run.faulty(run.paths[:1], each, 0.4, slug=None, start=second)


def no_descriptors(run) -> None:
    limit = {"nginx": 44, "caddy": 48, "node": 42}[run.family.partition("+")[0]]
    front = Front(files_limit=limit, workers=1)
    run.site({run.paths[0]: Behaviour("ok", wait_s=1.2)}, front, **({"files_limit": limit} if run.family == "node" else {}))
    run.browse(seconds=8)
    for second in (1.5, 4.0, 6.0):
        run.faulty(run.paths[:1], 24, 0.5, slug=None, start=second)


def pool_stalled(run) -> None:
    """Some requests hold all connections of the application's pool; others wait until it gives up on them."""
    options = {"workers": 1, "threads": 32} if "gunicorn" in run.family else {}
    run.site({run.paths[0]: Behaviour("pool", wait_s=2.2), run.paths[1]: Behaviour("pool", wait_s=0.01)}, **options)
    run.browse()
    holders = 2 if "node" in run.family else 1
    for second in (1.0, 3.4):
        run.faulty(run.paths[:1], holders, 0.05, slug=None, start=second)
        run.faulty(run.paths[1:2], 14, 0.5, start=second + 0.1, slug=None)


def throttled(run) -> None:
    """All visitors behind an edge address are one client to the limiter."""
    each = run.rng.choice([2, 3])
    busy_edges = run.rng.sample(settings.EDGES, 3)
    run.hosts = run.hosts[:1]
    run.site(front=Front(limit_per_client=each * 2), **({"perClient": 30} if run.family == "node" else {}))
    run.browse(160)
    for edge in busy_edges:
        run.requests += run.lab.traffic.browse(50, 2.5, start=run.rng.uniform(0.5, 4), edge=edge)


def denied(run) -> None:
    manner = {"nginx": ["403", "close", "reset"], "apache": ["403"], "haproxy": ["403", "close"], "caddy": ["close"]}[run.family.partition("+")[0]]
    chosen = run.rng.choice(manner)
    run.site(front=Front(deny={path: chosen for path in run.paths[:2]}))
    run.browse()
    run.faulty(run.paths[:2])


def redirected(run) -> None:
    host = "old.shop.example"
    run.site(front=Front(redirect_host=host), **({"redirectHost": host} if run.family == "node" else {}))
    run.browse()
    for visitor in run.rng.sample(run.lab.traffic.visitors, 7):
        begin = run.rng.random() * 5
        run.requests += [
            run.lab.traffic.request(begin + number * 0.2, visitor=visitor, path=f"{run.paths[0]}?next=cart", host=host, fault="redirect-loop")
            for number in range(6)
        ]


def visitors_leave(run) -> None:
    run.site(
        {run.paths[0]: Behaviour("ok", wait_s=1.6)}, **({"workers": 30} if run.family in PYTHON else {"children": 40} if run.family in PHP else {})
    )
    run.browse()
    run.faulty(run.paths[:1], 16, slug=None)
    run.requests += [
        run.lab.traffic.request(run.rng.random() * 6.5, path=run.paths[0], fault="client-abort", leave_after_s=run.rng.uniform(0.2, 1.2))
        for _ in range(50)
    ]


CRASH = {"502": "worker-crash", "closed": "worker-crash", "reset": "worker-crash", "truncated_body": "worker-crash", "truncated_head": "worker-crash"}
DOWN = CRASH | {"connect_refused": "worker-crash", "503": "worker-crash"}
FULL = {"*": "worker-pool-exhausted"}
FAULTS = [
    Fault(
        "origin-error-status",
        "origin-error-status",
        RAW + PROXIES[:4] + ("nginx+node", "caddy+node", "haproxy+nginx", "nginx+php", "apache+php"),
        says_failure,
        "The application itself answers 5xx.",
    ),
    Fault(
        "slow-response",
        "slow-response",
        RAW[:2] + ("gunicorn", "uwsgi", "nginx", "apache", "haproxy", "caddy", "nginx+uwsgi", "haproxy+nginx") + PHP,
        slow,
        "Some answers take longer than the edge waits.",
        decoy_for=("client-abort",),
    ),
    Fault(
        "worker-crash", "worker-crash", PHP + PYTHON, crashes, "The process that serves dies of a segmentation fault on one path.", collateral=CRASH
    ),
    Fault(
        "worker-crash-node", "worker-crash", NODE, crashes, "The application's one process dies on one path and is started again.", collateral=DOWN
    ),
    Fault(
        "worker-crash-front",
        "worker-crash",
        ("nginx", "apache", "nginx+node", "apache+gunicorn"),
        workers_die,
        "Workers of the web server die with requests in flight.",
        collateral=CRASH,
        edge={"retry": False},
    ),
    Fault(
        "oom-kill",
        "oom-kill",
        PHP + ("gunicorn", "uwsgi", "nginx+gunicorn", "nginx+uwsgi"),
        memory_gone,
        "One page takes more memory than there is, and the kernel kills its process.",
        collateral={"502": "oom-kill"},
    ),
    Fault(
        "oom-kill-node", "oom-kill", NODE, memory_gone, "One page takes all memory of the application's one process.", collateral={"*": "oom-kill"}
    ),
    Fault(
        "worker-pool-exhausted",
        "worker-pool-exhausted",
        PHP + ("nginx", "apache", "haproxy", "gunicorn", "uwsgi", "nginx+gunicorn"),
        busy,
        "Bursts of slow requests take every worker.",
        collateral=FULL,
        transports=("plain",),
    ),
    Fault(
        "fd-exhausted",
        "fd-exhausted",
        ("nginx", "caddy", "node", "nginx+node", "caddy+node"),
        no_descriptors,
        "The server program may open few files only.",
        collateral={"*": "fd-exhausted"},
        transports=("plain",),
    ),
    Fault(
        "backend-pool-stalled",
        "backend-pool-stalled",
        NODE + ("gunicorn", "nginx+gunicorn", "haproxy+gunicorn"),
        pool_stalled,
        "The application waits for a connection of its pool, and gives up.",
        collateral={"500": "backend-pool-stalled"},
    ),
    Fault(
        "client-throttle",
        "client-throttle",
        ("nginx", "haproxy", "node", "nginx+node"),
        throttled,
        "A limit per client counts an edge address as one client.",
        failing_statuses=(429,),
        collateral={"503": "client-throttle", "429": "client-throttle"},
    ),
    Fault(
        "security-block",
        "security-block",
        ("nginx", "apache", "haproxy", "caddy", "haproxy+nginx", "nginx+node"),
        denied,
        "A rule of the server turns some paths away.",
        failing_statuses=(403,),
    ),
    Fault(
        "redirect-loop",
        "redirect-loop",
        ("nginx", "haproxy", "caddy", "node"),
        redirected,
        "The edge asks by plain HTTP and the origin redirects to https, for ever.",
        verdict="edge",
        transports=("plain",),
        failing_statuses=(301,),
    ),
    Fault(
        "client-abort",
        "client-abort",
        RAW[:2] + PROXIES[:4] + ("nginx+php", "uwsgi"),
        visitors_leave,
        "Visitors leave a slow page in numbers.",
        verdict="client",
        failing_statuses=(499,),
    ),
]
EXCLUSIVE = ()
