"""Faults in the bytes that the origin answers with."""

from lab import settings
from lab.app import PAGE, page
from lab.front import Front
from lab.shop import Behaviour

from .fault import Fault

RAW = ("python", "node", "haproxy-tcp", "gunicorn")
SERVER = {"python": "SimpleHTTP", "node": "Express", "haproxy-tcp": "gunicorn", "gunicorn": "gunicorn/20.1.0"}


def raw(data: bytes = b"", then: str = "close", **more) -> Behaviour:
    return Behaviour("raw", data, then, **more)


def answering(*choices, **settings_of_requests):
    """Two of the paths answer with one of these each. A choice is a function of the run that gives a behaviour."""

    def build(run) -> None:
        paths = {path: run.rng.choice(choices)(run) for path in run.paths[:2]}
        run.site(paths)
        run.browse()
        run.faulty(sorted(paths), **settings_of_requests)

    return build


def with_header(*lines: str):
    def choice(run) -> Behaviour:
        return raw(page(server=SERVER[run.family], headers=lines), "keep")

    return choice


def with_status(line: bytes):
    return lambda run: raw(page(server=SERVER[run.family]).replace(b"HTTP/1.1 200 OK", line, 1), "keep")


def chunked(data: bytes, then: str = "close"):
    head = b"HTTP/1.1 200 OK\r\nServer: app\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return lambda run: raw(head + data, then)


def closed(run) -> Behaviour:
    return raw(wait_s=run.rng.choice([0.0, 0.02, 0.3]))


def reset(run) -> Behaviour:
    return raw(then="reset", wait_s=run.rng.choice([0.01, 0.05, 0.4]))


def cut(run) -> Behaviour:
    how = run.rng.choice(["length", "chunks", "head"])
    if how == "length":
        return raw(page(body=b"id;name;price\n" * 400)[: -run.rng.randrange(100, 4000)], run.rng.choice(["close", "close", "reset"]), pause_s=0.02)
    if how == "head":
        return raw(page()[: run.rng.randrange(30, 110)], "close", wait_s=0.01)
    return raw(
        b"HTTP/1.1 200 OK\r\nServer: app\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024 + b"\r\n",
        "close",
        rest=b"200\r\n" + b"y" * 300,
        pause_s=0.05,
    )


def bare(run) -> Behaviour:
    return raw(page(server=SERVER[run.family]).replace(b"\r\n", b"\n"), "keep")


def large_head(run) -> Behaviour:
    lines = [f"Set-Cookie: cart_{n:03d}={'lamp-%04d.' % n * 390}; Path=/; HttpOnly" for n in range(run.rng.randrange(35, 42))]
    if run.rng.random() < 0.3:
        lines = [f"Link: </static/{n}.js>; rel=preload; as=script; nopush; crossorigin" for n in range(300)]
    return raw(page(headers=lines), "keep")


def large_answer(run) -> None:
    paths = {run.paths[0]: large_head(run), run.paths[1]: raw(page(headers=[f"Set-Cookie: cart_{n}={'lamp.' * 700}" for n in range(6)]), "keep")}
    run.site(paths, Front(wide_headers=True))
    run.browse()
    run.faulty(run.paths[:1])
    run.faulty(run.paths[1:2], 12, slug=None)


def overrun(run) -> None:
    """The surplus comes a moment later, so that the next request of the connection gets it for an answer."""
    run.hosts = run.hosts[:1]
    surplus = run.rng.choice([b"<!-- 14 queries in 0.031 s -->\n", b"\r\n\r\nNotice: undefined index in /srv/app.php on line 31\n", PAGE[:200]])
    run.site({run.paths[0]: raw(page(body=b"<p>ok</p>" * 40), "keep", rest=surplus, pause_s=0.35)})
    run.browse(260)
    traffic, edges = run.lab.traffic, run.rng.sample(settings.EDGES, 4)
    for number in range(18):
        at, edge = 0.8 + number * 0.32, edges[number % 4]
        run.requests.append(traffic.request(at, path=run.paths[0], edge=edge, fresh=True, cache_hit=False))
        for delay in (0.16, 0.2, 0.24):
            run.requests.append(traffic.request(at + delay, path="/product/31", edge=edge, fresh=False, cache_hit=False))


def large_request(run) -> None:
    if run.family == "uwsgi":
        run.site(buffer=4096)
        sizes, fine = [5000, 7000], [800, 1500]
    elif run.family == "node":
        run.site(headerLimit=8192)
        sizes, fine = [9000, 12000], [1500, 5000]
    elif run.family == "caddy":
        sizes, fine = [16000, 24000], [1500, 5000]
        run.site()
    elif run.family == "haproxy":
        sizes, fine = [18000, 22000], [1500, 9000]
        run.site()
    else:
        sizes, fine = [9500, 12000, 15000], [1500, 3000, 6000]
        run.site()
    run.browse()
    for many, size in [(8, one) for one in sizes] + [(6, one) for one in fine]:
        for _ in range(many):
            cookies = "; ".join(f"prefs_{n}={run.rng.getrandbits(400):0100x}" for n in range(size // 110))
            if run.family in ("gunicorn", "apache"):  # their limit is one field's
                cookies = f"prefs={'%x' % run.rng.getrandbits(64)}" + "a" * size
            run.requests.append(
                run.lab.traffic.request(
                    0.3 + run.rng.random() * 6.5, cookies=cookies, cache_hit=False, fault="request-header-too-large" if size in sizes else None
                )
            )


def without_length(run) -> None:
    """The origin wants a length, and some requests come in chunks."""
    run.site(front=Front(refuse_chunked=True), **({"refuseChunked": True} if run.family == "node" else {}))
    run.browse()
    body = b'{"product":417,"count":1}'
    run.faulty(["/api/cart", "/api/search"], method="POST", body=body, chunked=True)


def length_wanted(run) -> None:
    """The lab's own server refuses by closing, as old application servers do."""
    site = run.site(start=False)
    answer = site.shop.answer
    refusal = page("411 Length Required", b"<h1>411 Length Required</h1>", headers=["X-Refused: chunked"])

    def judged(asked):
        reply = answer(asked)
        if asked.headers.get("transfer-encoding"):
            reply.data, reply.then = refusal, "close"
        return reply

    site.application.answer = judged
    run.lab.serve(*site.servers)
    run.browse()
    run.faulty(["/api/cart", "/api/search"], method="POST", body=b'{"product":417,"count":1}', chunked=True)


PLAIN = {"transports": ("plain",)}
JSON = b'{"n":1}\n'
FAULTS = [
    Fault("empty-response", "empty-response", RAW, answering(closed), "On some paths the application closes without a byte.", **PLAIN),
    Fault("reset-before-response", "reset-before-response", RAW, answering(reset), "On some paths the application aborts the connection.", **PLAIN),
    Fault("truncated-response", "truncated-response", RAW, answering(cut), "On some paths the application stops in the middle.", **PLAIN),
    Fault(
        "invalid-header",
        "invalid-header",
        RAW,
        answering(
            with_header("X-Debug: lamp\x00\x01"),
            with_header("Notice Undefined index in /srv/app.php"),
            with_header("X Cache Key: home"),
            with_header(": nameless"),
        ),
        "Some answers hold a broken header line.",
        **PLAIN,
    ),
    Fault(
        "bare-lf",
        "bare-lf",
        RAW,
        answering(bare),
        "Some answers end their lines with LF alone, which this edge refuses.",
        edge={"refuse_bare_lf": True},
        **PLAIN,
    ),
    Fault(
        "invalid-status-line",
        "invalid-status-line",
        RAW,
        answering(with_status(b"ICY 200 OK"), with_status(b"HTTP/1.1 OK"), with_status(b"HTTP/2.0 200 OK"), lambda run: raw(PAGE, "close")),
        "Some answers have no status line of HTTP/1.",
        **PLAIN,
    ),
    Fault(
        "conflicting-length",
        "conflicting-length",
        RAW,
        answering(with_header("Content-Length: 4711"), with_header("X-Cache: HIT", "Content-Length: 99, 100")),
        "A second Content-Length has another value.",
        **PLAIN,
    ),
    Fault(
        "duplicate-header",
        "duplicate-header",
        RAW,
        answering(with_header("Content-Type: text/plain"), with_header("Location: /a", "Location: /b")),
        "A header that may appear once appears twice, which this edge refuses.",
        edge={"refuse_duplicates": True},
        **PLAIN,
    ),
    Fault(
        "invalid-chunking",
        "invalid-chunking",
        RAW,
        answering(chunked(b"40\r\n" + JSON * 8 + b"\r\nNaN\r\n" + JSON * 8 + b"\r\n0\r\n\r\n"), chunked(b"20\r\n" + JSON * 8 + b"\r\n0\r\n\r\n")),
        "Chunk sizes are no numbers or too small.",
        **PLAIN,
    ),
    Fault(
        "body-overrun",
        "body-overrun",
        RAW[:3],
        overrun,
        "After some answers more bytes come than were announced.",
        collateral={"invalid_status_line": "body-overrun", "invalid_header": "body-overrun"},
        **PLAIN,
    ),
    Fault(
        "response-header-too-large",
        "response-header-too-large",
        RAW[:3] + ("nginx", "haproxy"),
        large_answer,
        "Cookies make the head larger than the edge takes.",
        http1_only=("haproxy",),  # it writes no head into several frames
    ),
    Fault(
        "request-header-too-large",
        "request-header-too-large",
        ("nginx", "apache", "haproxy", "node", "gunicorn", "uwsgi", "caddy"),
        large_request,
        "Some visitors carry more cookies than the server takes.",
        failing_statuses=(400, 414, 431),
        **PLAIN,
    ),
    Fault(
        "request-framing",
        "request-framing",
        ("nginx", "apache", "haproxy", "node", "nginx+node"),
        without_length,
        "The server refuses bodies without a length.",
        failing_statuses=(411,),
        http1_only=("nginx", "apache", "haproxy", "node", "nginx+node"),  # there are no chunks
    ),
    Fault(
        "request-framing-app",
        "request-framing",
        ("python",),
        length_wanted,
        "The application refuses bodies without a length.",
        failing_statuses=(411,),
        **PLAIN,
    ),
]
EXCLUSIVE = ()
