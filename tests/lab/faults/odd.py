"""Answers that look broken and are not, or that only a program of the origin's own network gets."""

from lab import settings
from lab.app import page
from lab.recorder import internal_request
from lab.shop import Behaviour

from .answers import RAW, bare, chunked, cut, large_head, raw, with_header, with_status
from .application import failing_page
from .fault import Fault

INTERNAL = list(settings.BYSTANDERS)[2]
JSON = b'{"n":1}\n'


def tolerated(run) -> list[Behaviour]:
    """What the edge takes (docs/edge.md)."""
    text = page(server="app")
    return [
        raw(text.replace(b"\r\n", b"\n"), "keep"),  # lines that end with LF alone
        raw(page(headers=["X-Note : blank before the colon", "X-Tab: a\tb", "X-High: caf\xe9"]), "keep"),
        raw(page(headers=["X-Folded: one", " two"]), "keep"),
        raw(text.replace(b" 200 OK", b" 200", 1), "keep"),  # no reason phrase
        raw(page(headers=["Content-Type: text/plain", "X-Cache: HIT", "X-Cache: MISS"]), "keep"),
        raw(page(headers=[f"Set-Cookie: cart_{n}={'lamp.' * 700}" for n in range(20)]), "keep"),  # 70 KB of head
        raw(
            text.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nContent-Length", 1).partition(b"\r\n\r\n")[0]
            + b"\r\n\r\n8\r\n"
            + JSON
            + b"\r\n0\r\n\r\n",
            "keep",
        ),
        raw(
            b"HTTP/1.1 200 OK\r\nServer: app\r\nTransfer-Encoding: chunked\r\n\r\n8;name=value\r\n" + JSON + b"\r\n0\r\nX-Trailer: 1\r\n\r\n", "keep"
        ),
    ]


def odd(run) -> None:
    chosen = run.rng.sample(tolerated(run), 3)
    run.site(dict(zip(run.paths, chosen)))
    run.browse(run.rng.randrange(240, 320))
    run.faulty(run.paths, 45, slug=None)


def broken_internally(run) -> None:
    choices = [
        bare,
        cut,
        large_head,
        with_header("X-Debug: lamp\x00"),
        with_header("Content-Length: 4711"),
        with_header("Content-Type: text/plain"),
        with_status(b"ICY 200 OK"),
        chunked(b"40\r\n" + JSON * 8 + b"\r\nNaN\r\n"),
    ]
    run.site({path: make(run) for path, make in zip(run.paths, run.rng.sample(choices, 3))})
    run.browse(run.rng.randrange(240, 340))
    for number in range(15):
        run.noise.append((run.rng.uniform(0.5, 6.5), lambda path=run.paths[number % 3]: internal_request(path, INTERNAL, 80, run.hosts[0])))
    run.noise.sort(key=lambda pair: pair[0])


def redirects(run) -> None:
    """Pages that moved, and a login that sends a visitor back to where it came from, once or twice."""
    host = run.hosts[0]
    moved = page("301 Moved Permanently", b"", headers=["Location: /product/7"])
    back = page("302 Found", b"", headers=[f"Location: https://{host}{run.paths[1]}"])
    run.site({run.paths[0]: raw(moved, "keep"), run.paths[1]: raw(back, "keep")})
    run.browse(run.rng.randrange(240, 340))
    run.faulty(run.paths[:1], 40, slug=None)
    for visitor in run.rng.sample(run.lab.traffic.visitors, 9):
        at = run.rng.uniform(0.3, 6)
        run.requests += [run.lab.traffic.request(at + number * 0.3, visitor=visitor, path=run.paths[1], cache_hit=False) for number in range(2)]


def chunks_pass(run) -> None:
    run.site()
    run.browse(run.rng.randrange(240, 340))
    run.faulty(["/api/cart", "/api/search"], 30, slug=None, method="POST", body=JSON, chunked=True)


def error_on_chunks(run) -> None:
    """The application fails on a path that only chunked requests ask for: their framing is not why."""
    run.site({run.paths[0]: raw(failing_page("500 Internal Server Error"), "keep")})
    run.browse()
    run.faulty(["/api/cart"], 16, slug=None, method="POST", body=JSON, chunked=True)
    run.faulty(run.paths[:1], method="POST", body=JSON, chunked=True)


BYTES = (
    "bare-lf",
    "invalid-header",
    "invalid-status-line",
    "conflicting-length",
    "duplicate-header",
    "invalid-chunking",
    "response-header-too-large",
)
PLAIN = {"transports": ("plain",)}
FAULTS = [
    Fault("decoy-odd-bytes", None, RAW, odd, "Some answers are odd, and the edge takes them.", decoy_for=BYTES, **PLAIN),
    Fault(
        "decoy-broken-bytes",
        None,
        RAW[:3],
        broken_internally,
        "Answers are broken, to the origin's own network only.",
        decoy_for=BYTES + ("truncated-response",),
        **PLAIN,
    ),
    Fault(
        "decoy-redirects",
        None,
        ("python", "node", "nginx", "haproxy", "caddy", "apache"),
        redirects,
        "Pages moved, and a login sends visitors back.",
        decoy_for=("redirect-loop",),
    ),
    Fault(
        "decoy-chunked",
        None,
        ("python", "node", "nginx", "haproxy", "caddy", "apache"),
        chunks_pass,
        "Bodies without length are taken.",
        decoy_for=("request-framing",),
    ),
    Fault(
        "origin-error-on-chunks",
        "origin-error-status",
        ("python", "nginx", "haproxy", "apache"),
        error_on_chunks,
        "The application fails where bodies have no length, for another reason.",
        decoy_for=("request-framing",),
    ),
]
EXCLUSIVE = ()
