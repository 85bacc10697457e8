"""Nothing is broken, or nothing that a visitor's request meets: what bears the signs of a cause all the same."""

import random

from lab import bystanders, firewall, settings
from lab.front import Front
from lab.kernel import KernelLog, MemoryLimit
from lab.recorder import internal_request
from lab.shop import Behaviour
from lab.site import FAMILIES

from .answers import raw
from .application import PHP, PYTHON, OwnKernelLog
from .fault import Fault

INTERNAL = list(settings.BYSTANDERS)[2]


def fine(run) -> None:
    run.site()
    run.browse(run.rng.randrange(260, 420))


def internally(behaviour, count: int = 10, **front):
    """Only a program of the origin's own network meets what is broken."""

    def build(run) -> None:
        options = {"children": 12} if run.family in PHP else {}
        run.site({run.paths[0]: behaviour() if callable(behaviour) else behaviour}, Front(**front) if front else None, **options)
        run.browse(run.rng.randrange(240, 360))
        for _ in range(count):
            run.noise.append((run.rng.uniform(0.5, 6.5), lambda: internal_request(run.paths[0], INTERNAL, 80, run.hosts[0])))
        run.noise.sort(key=lambda pair: pair[0])

    return build


def scanners_denied(run) -> None:
    run.site(front=Front(deny={"/.env": "403", "/wp-admin": "403"}))
    run.browse(run.rng.randrange(240, 360))
    for _ in range(14):
        run.noise.append(
            (run.rng.uniform(0.5, 6.5), lambda: internal_request(run.rng.choice(["/.env", "/wp-admin"]), bystanders.SCANNERS[0], 80, run.hosts[0]))
        )
    run.noise.sort(key=lambda pair: pair[0])


def scanners_dropped(run) -> None:
    """The firewall's lines name scanners, and late resets of the edge's closed connections."""
    lab, mark = run.lab, f"[UFW BLOCK {run.lab.folder[-5:]}] "
    lab.serve(KernelLog(lab, mark.replace("[", r"\[").replace("]", r"\]"), replace={mark: "[UFW BLOCK] "}))
    run.site()
    run.browse(run.rng.randrange(240, 360))
    firewall.drop(lab, f'tcp dport 8443 log prefix "{mark}" drop; add rule inet lab input tcp flags rst limit rate 5/second log prefix "{mark}"', "")
    for second in range(1, 7):
        run.noise.append((second, bystanders.probe_closed_port))

    def act(lab):
        for second in range(1, 7):
            lab.at(second)
            lab.edge.pool.close_some(0.2, run.rng, reset=True)

    run.act = act


def scanners_shake_hands(run) -> None:
    """Scanners offer what the server does not take: lines of failed handshakes."""
    import ssl

    run.site()
    run.browse(run.rng.randrange(180, 280))

    def attempt(version, ciphers):
        def work():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
            context.set_ciphers(ciphers)
            with bystanders._connect(bystanders.SCANNERS[0], 443) as one:
                context.wrap_socket(one, server_hostname=run.hosts[0])

        return work

    for _ in range(10):
        choice = run.rng.choice(
            [
                (ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
                (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-SHA"),
                (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
            ]
        )
        run.noise.append((run.rng.uniform(0.5, 6.5), attempt(*choice)))
    run.noise.sort(key=lambda pair: pair[0])


def short_queue_line(run) -> None:
    """A burst fills a short queue, the kernel answers with cookies and says "SYN flooding", and nothing fails."""
    lab = run.lab
    lab.namespaces.write("origin", "/proc/sys/net/ipv4/tcp_syncookies", "1")
    lab.serve(KernelLog(lab, "SYN flooding"))
    run.site(front=Front(backlog=2), **({"backlog": 2} if run.family in ("python", "node", "gunicorn") else {}))
    run.browse(run.rng.randrange(240, 340))
    far = settings.edges_in("162.158.166.", "104.22.", "108.162.")
    for second in (1.5, 3.5):
        run.requests += [lab.traffic.request(second, path="/product/5", fresh=True, edge=run.rng.choice(far)) for _ in range(22)]


def batch_job_killed(run) -> None:
    """The kernel kills a batch job of its own control group, not the site."""
    import subprocess

    lab = run.lab
    limit = MemoryLimit(lab, "batch", 40 << 20)
    lab.serve(OwnKernelLog(lab, limit.name), limit)
    run.site()
    run.browse(run.rng.randrange(240, 340))

    def act(lab):
        for second in (2, 4.5):
            lab.at(second)
            job = subprocess.Popen(
                ["python3", "-c", "import time\ntime.sleep(0.3)\nheld = []\nwhile True:\n    held.append(bytearray(4 << 20))"], start_new_session=True
            )
            limit.add(job.pid)
            job.wait()

    run.act = act


def reloaded(run) -> None:
    """The server is reloaded without a failure, and says so."""
    import signal

    site = run.site()
    run.browse(run.rng.randrange(240, 340))

    def act(lab):
        lab.at(run.rng.uniform(2, 5))
        number = {
            "nginx": signal.SIGHUP,
            "apache2": signal.SIGUSR1,
            "haproxy": signal.SIGUSR2,
            "caddy": signal.SIGUSR1,
            "gunicorn": signal.SIGHUP,
            "php-fpm": signal.SIGUSR2,
        }
        site.edge_side.process.send_signal(number[site.edge_side.name])

    run.act = act


def some_leave(run) -> None:
    """A few visitors leave, the edge closes connections in every manner, and an early-hints cache has its 504s."""
    run.site({run.paths[0]: Behaviour("ok", wait_s=1.2)})
    run.browse(run.rng.randrange(300, 420))
    traffic = run.lab.traffic
    run.requests += [traffic.request(second, path=run.paths[0], leave_after_s=0.4) for second in (1, 2.5, 4, 5.5)]
    run.requests += traffic.sprinkle(5, 6, ["/static/app.css"], None, edge_status=504, source="earlyHintsCache")

    def act(lab):
        for second in range(1, 7):
            lab.at(second)
            lab.edge.pool.close_some(0.15, random.Random(run.seed), reset=second % 2 == 0)

    run.act = act


def crash() -> Behaviour:
    return Behaviour("crash", wait_s=0.01)


CRASHES = tuple(family for family in PHP + PYTHON)
PLAIN = {"transports": ("plain",)}
FAULTS = [
    Fault("healthy", None, FAMILIES, fine, "Nothing is broken."),
    Fault(
        "healthy-noise",
        None,
        ("nginx", "apache", "haproxy", "caddy", "node", "python"),
        some_leave,
        "Nothing is broken; some visitors leave.",
        decoy_for=("client-abort",),
    ),
    Fault(
        "decoy-crash",
        None,
        CRASHES,
        internally(crash),
        "Workers crash, on requests of the origin's own network only.",
        decoy_for=("worker-crash", "empty-response", "upstream-closed-early"),
        **PLAIN,
    ),
    Fault(
        "decoy-slow",
        None,
        ("nginx", "apache", "haproxy", "nginx+node", "caddy", "caddy+node"),
        internally(Behaviour("ok", wait_s=1.8), 8, answer_timeout_s=1),
        "The web server gives up on answers to its own network only.",
        decoy_for=("upstream-timeout", "slow-response"),
        **PLAIN,
    ),
    Fault(
        "decoy-close",
        None,
        ("nginx", "apache", "haproxy", "caddy", "nginx+node", "caddy+node", "python", "node"),
        internally(lambda: raw(wait_s=0.01)),
        "The application closes early, on its own network's requests only.",
        decoy_for=("upstream-closed-early", "empty-response"),
        **PLAIN,
    ),
    Fault(
        "decoy-reset",
        None,
        ("python", "node", "haproxy-tcp", "gunicorn"),
        internally(lambda: raw(then="reset", wait_s=0.01)),
        "The application resets, on its own network's requests only.",
        decoy_for=("reset-before-response", "middlebox-reset"),
        **PLAIN,
    ),
    Fault(
        "decoy-error",
        None,
        ("nginx", "apache", "haproxy", "caddy", "python", "node", "nginx+php", "nginx+node"),
        internally(lambda: raw(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nerror", "keep")),
        "The application fails, on its own network's requests only.",
        decoy_for=("origin-error-status",),
        **PLAIN,
    ),
    Fault("decoy-denied", None, ("nginx", "apache", "haproxy"), scanners_denied, "Scanners are turned away.", decoy_for=("security-block",), **PLAIN),
    Fault(
        "decoy-firewall",
        None,
        ("nginx", "apache", "haproxy", "caddy", "node", "python"),
        scanners_dropped,
        "The firewall logs what hurts nobody.",
        decoy_for=("firewall-drop",),
        **PLAIN,
    ),
    Fault(
        "decoy-handshake",
        None,
        ("nginx", "apache", "haproxy", "caddy", "node"),
        scanners_shake_hands,
        "Handshakes of scanners fail.",
        decoy_for=("tls-no-shared-cipher", "tls-protocol-version", "tls-handshake-timeout"),
        transports=("tls12", "tls13"),
    ),
    Fault(
        "decoy-syn-line",
        None,
        ("python", "nginx", "node"),
        short_queue_line,
        "The kernel speaks of SYN flooding, and nothing fails.",
        decoy_for=("syn-flood", "accept-queue-overflow"),
        **PLAIN,
    ),
    Fault(
        "decoy-oom",
        None,
        ("nginx", "apache", "haproxy", "nginx+php", "gunicorn", "node", "nginx+node"),
        batch_job_killed,
        "The kernel kills a batch job.",
        decoy_for=("oom-kill",),
        **PLAIN,
    ),
    Fault(
        "decoy-reload",
        None,
        ("nginx", "apache", "haproxy", "gunicorn"),
        reloaded,
        "The server is reloaded, and nothing fails.",
        decoy_for=("restart-window", "connect-refused"),
        **PLAIN,
    ),
]
EXCLUSIVE = ("decoy-syn-line",)
